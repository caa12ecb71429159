"""Publishes a job to millrace.jobs and prints its events until it has ended. Usage: kafka_client.py CLIENT.JSON SPEC"""
import json
import sys
import uuid

from confluent_kafka import Consumer, Producer

ENDS = ("job.completed", "job.failed", "job.cancelled")


def submit(bootstrap, job_id, spec):
    # Java's clients and the orchestrator hash keys with murmur2; others must be told to.
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "partitioner": "murmur2_random"})
    producer.produce(
        "millrace.jobs",
        key=job_id,
        value=json.dumps({"jobId": job_id, "spec": spec}),
        headers={
            "ce_specversion": "1.0",
            "ce_id": str(uuid.uuid4()),
            "ce_source": "/examples/kafka_client.py",
            "ce_type": "io.millrace.job.submitted.v1",
            "ce_subject": job_id,
            "content-type": "application/json",
        },
    )
    if producer.flush(30) > 0:
        sys.exit("Kafka at %s did not take the job" % bootstrap)


def follow(bootstrap, job_id):
    events = Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": "follow-" + job_id,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
    })
    events.subscribe(["millrace.job-events"])
    try:
        while True:
            record = events.poll(0.5)
            if record is None:
                continue
            if record.error():
                sys.exit(str(record.error()))
            if record.key().decode() != job_id:
                continue
            kind = dict(record.headers())["ce_type"].decode().removeprefix("io.millrace.").removesuffix(".v1")
            data = json.loads(record.value())
            print(kind, json.dumps({k: data[k] for k in ("objectiveMet", "chosen", "reason") if k in data}), flush=True)
            if kind in ENDS:
                return kind
    finally:
        events.close()


if __name__ == "__main__":
    with open(sys.argv[1]) as client:
        kafka = json.load(client)["kafka"]
    job = "python-" + uuid.uuid4().hex[:8]
    submit(kafka, job, json.loads(sys.argv[2]))
    sys.exit(0 if follow(kafka, job) == "job.completed" else 1)
