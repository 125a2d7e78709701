"""Small results of the tools that have no file under tests/samples, written in their formats.

Not cProfile's: damaged marshal data may bring an interpreter down, so that only the limited child loads them.
"""

import json


def _compact(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()


_VEGETA = {
    "latencies": {"total": 4.2e10, "mean": 2.1e7, "50th": 1.9e7, "90th": 3e7, "95th": 4e7, "99th": 9e7, "max": 2e8},
    "earliest": "2026-03-02T09:00:00Z",
    "duration": 60_000_000_000,
    "requests": 2000,
    "rate": 33.3,
    "throughput": 33.1,
    "success": 0.995,
    "status_codes": {"200": 1990, "500": 8, "0": 2},
    "errors": ["connection refused"],
}
_BOMBARDIER = {
    "spec": {"numberOfConnections": 50, "url": "http://127.0.0.1:8000/orders"},
    "result": {
        "timeTakenSeconds": 10.0,
        "req2xx": 9990,
        "req5xx": 10,
        "others": 0,
        "latency": {"mean": 4900.5, "max": 90000, "percentiles": {"50": 4500, "90": 7000, "95": 8000, "99": 20000}},
        "rps": {"mean": 1000.0, "max": 1500},
    },
}
_AUTOCANNON = {
    "url": "http://127.0.0.1:8000/orders",
    "connections": 10,
    "duration": 10.05,
    "errors": 1,
    "timeouts": 1,
    "non2xx": 4,
    "requests": {"average": 1000.5, "total": 10005},
    "latency": {"average": 9.4, "min": 1, "p50": 9, "p90": 14, "p97_5": 20, "p99": 31, "max": 80},
}
_ARTILLERY = {
    "aggregate": {
        "counters": {"http.requests": 600, "http.responses": 598, "http.codes.200": 590, "http.codes.500": 8},
        "rates": {"http.request_rate": 10},
        "summaries": {"http.response_time": {"min": 2, "max": 300, "mean": 20.5, "p50": 18, "p95": 60, "p99": 120}},
        "firstCounterAt": 1772442000000,
        "lastCounterAt": 1772442060000,
    },
    "intermediate": [],
}
_GATLING_ROW = {
    "name": "All Requests",
    "numberOfRequests": {"total": 300, "ok": 297, "ko": 3},
    "minResponseTime": {"total": 2, "ok": 2, "ko": 4},
    "maxResponseTime": {"total": 400, "ok": 380, "ko": 400},
    "meanResponseTime": {"total": 21, "ok": 20, "ko": 90},
    "percentiles1": {"total": 18, "ok": 18, "ko": 80},
    "percentiles2": {"total": 25, "ok": 25, "ko": 90},
    "percentiles3": {"total": 60, "ok": 60, "ko": 100},
    "percentiles4": {"total": 120, "ok": 110, "ko": 120},
    "meanNumberOfRequestsPerSecond": {"total": 5.0, "ok": 4.95, "ko": 0.05},
}
_GATLING = {
    "type": "GROUP",
    "name": "All Requests",
    "stats": _GATLING_ROW,
    "contents": {"req_1": {"type": "REQUEST", "name": "orders", "stats": {**_GATLING_ROW, "name": "orders"}}},
}
_BENCHMARK = {
    "machine_info": {"python_version": "3.11.7", "system": "Linux", "machine": "x86_64", "node": "bench"},
    "benchmarks": [{"name": "test_rows", "stats": {"min": 0.001, "mean": 0.0012, "median": 0.0011, "max": 0.004}}],
}
_TECHEMPOWER = {
    "name": "A round",
    "rawData": {
        "json": {
            "alpha": [
                {"totalRequests": 90000, "latencyAvg": "1.2ms", "latencyMax": "9ms", "startTime": 1, "endTime": 16}
            ],
            "beta": [
                {"totalRequests": 70000, "latencyAvg": "900us", "latencyMax": "1s", "startTime": 1, "endTime": 16}
            ],
        }
    },
}
_SPEEDSCOPE = {
    "$schema": "speedscope",
    "shared": {"frames": [{"name": "view", "file": "app/views.py"}, {"name": "execute", "file": "psycopg/cursor.py"}]},
    "profiles": [
        {"type": "sampled", "name": "main", "unit": "seconds", "samples": [[0], [0, 1]], "weights": [0.2, 0.3]}
    ],
}
_SIMULATION = """RUN\torders.Simulation\torders\t1772442000000\t \t3.9.5
USER\torders\tSTART\t1772442000100
REQUEST\t\tGET orders\t1772442000200\t1772442000230\tOK\t
REQUEST\t\tGET orders\t1772442001200\t1772442001290\tKO\tstatus.find.is(200), but actually found 500
USER\torders\tEND\t1772442002000
"""
_H2LOAD = """finished in 10.02s, 998.00 req/s, 1.20MB/s
requests: 10000 total, 10000 started, 10000 done, 9990 succeeded, 10 failed, 0 errored, 0 timeout
status codes: 9990 2xx, 0 3xx, 0 4xx, 10 5xx
                     min         max         mean         sd        +/- sd
time for request:      1.02ms    120.40ms      9.80ms      4.10ms    80.00%
"""
_SIEGE = """Transactions:\t\t        2000 hits
Availability:\t\t       99.50 %
Elapsed time:\t\t       59.80 secs
Response time:\t\t        0.02 secs
Transaction rate:\t       33.44 trans/sec
Failed transactions:\t          10
Longest transaction:\t        0.40
Shortest transaction:\t        0.00
"""
_AUTOCANNON_TEXT = """Running 10s test @ http://127.0.0.1:8000/orders
10 connections

│ Stat    │ 2.5% │ 50%  │ 97.5% │ 99%   │ Avg     │ Stdev   │ Max   │
│ Latency │ 1 ms │ 9 ms │ 20 ms │ 31 ms │ 9.40 ms │ 4.21 ms │ 80 ms │

│ Stat      │ 1%  │ 2.5% │ 50%  │ 97.5% │ Avg    │ Stdev │ Min │
│ Req/Sec   │ 800 │ 800  │ 1000 │ 1200  │ 1000.5 │ 90.1  │ 790 │

Req/Bytes counts sampled once per second.
10k requests in 10.05s, 2.1 MB read
5 errors (1 timeouts)
"""

WRITTEN: dict[str, bytes] = {
    "vegeta.json": _compact(_VEGETA),
    "bombardier.json": _compact(_BOMBARDIER),
    "autocannon.json": _compact(_AUTOCANNON),
    "artillery.json": _compact(_ARTILLERY),
    "gatling.json": _compact(_GATLING),
    "pytest_benchmark.json": _compact(_BENCHMARK),
    "techempower.json": _compact(_TECHEMPOWER),
    "speedscope.json": _compact(_SPEEDSCOPE),
    "simulation.log": _SIMULATION.encode(),
    "h2load.txt": _H2LOAD.encode(),
    "siege.txt": _SIEGE.encode(),
    "autocannon.txt": _AUTOCANNON_TEXT.encode(),
    "ab_percent.csv": b"Percentage served,Time in ms\n0,1.2\n50,9.5\n90,14.1\n95,20.0\n99,31.0\n100,80.2\n",
    "ab_gnuplot.tsv": b"starttime\tseconds\tctime\tdtime\tttime\twait\n"
    b"Mon Mar 02 09:00:00 2026\t1772442000\t0\t9\t9\t8\nMon Mar 02 09:00:01 2026\t1772442001\t1\t19\t20\t18\n",
    "hey.csv": b"response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
    b"0.0121,0.0010,0.0000,0.0001,0.0100,0.0010,200,0.0010\n0.0211,0.0000,0.0000,0.0001,0.0200,0.0010,500,0.0140\n",
    "jmeter_aggregate.csv": b"Label,# Samples,Average,Median,90% Line,95% Line,99% Line,Min,Max,Error %,Throughput\n"
    b"orders,200,20,18,30,40,90,2,120,0.50%,10.0\nTOTAL,200,20,18,30,40,90,2,120,0.50%,10.0\n",
}
