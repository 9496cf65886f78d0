"""What a Python program does with Lion over REST: prints each answer as a line of JSON, for the test to look at.

Usage: rest.py URL KEY
"""

import json
import sys

import httpx

url, key = sys.argv[1:]


def told(method, path, response):
    text = response.text
    kind = response.headers.get("content-type")
    body = json.loads(text) if text and kind and "json" in kind else None
    print(json.dumps({"method": method, "path": path, "status": response.status_code, "type": kind, "body": body}), flush=True)
    return body


with httpx.Client(base_url=url, headers={"X-API-Key": key}, timeout=60) as lion:

    def call(method, path, **more):
        return told(method, path, lion.request(method, path, **more))

    session_id = call("POST", "/sessions")["session_id"]
    call("POST", "/agent/run", json={"instruction": {"task": "Plan a fair"}, "session_id": session_id})
    call("POST", "/agent/brainstorm", json={"instruction": {"topic": "Names for a bakery"}, "session_id": session_id})
    call("POST", "/agent/plan", json={"instruction": {"goal": "Open a bakery"}, "session_id": session_id})
    choices = ["option1", "option2", "option3"]
    call("POST", "/agent/select", json={"instruction": {"criteria": "The first"}, "choices": choices, "session_id": session_id})
    started = call("POST", "/agent/perform", json={"instruction": "Say hello"}, headers={"Prefer": "respond-async"})
    call("GET", f"/operations/{started['operation_id']}?wait=30")
    history = call("GET", f"/sessions/{session_id}/history?limit=5")

    seqs = []
    after = history["events"][-1]["seq"]
    with lion.stream("GET", f"/sessions/{session_id}/events", headers={"Last-Event-ID": str(after)}) as stream:
        for line in stream.iter_lines():
            if line.startswith("id: "):
                seqs.append(int(line[4:]))
            if seqs and seqs[-1] == history["last_seq"]:
                break
    print(json.dumps({"seqs": seqs, "after": after, "last_seq": history["last_seq"]}), flush=True)

    call("POST", "/agent/run", json={"instruction": ""})
    call("POST", "/agent/run", content=b"{", headers={"Content-Type": "application/json"})
    call("POST", "/agent/run", content=(b"x" * 65536 for _ in range(80)), headers={"Content-Type": "application/json"})
    call("DELETE", f"/sessions/{session_id}")
    call("GET", f"/sessions/{session_id}/history")
    call("GET", "/health")

told("GET", "/sessions", httpx.get(f"{url}/sessions"))
