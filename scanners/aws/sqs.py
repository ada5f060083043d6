"""Queues (Amazon SQS): what waits in them, where what fails goes, and those through which nothing passes."""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.aws.call import Call
from scanners.aws.scanner import AwsScanner
from scanners.core.outcome import Outcome, excluded, ok, wasted
from scanners.core.prices import HOURS_PER_MONTH, Money
from scanners.core.resource import Resource, fact, metric, priced, resilience
from scanners.core.rules import waste
from scanners.core.series import Series

ATTRIBUTES = Call("sqs", "get_queue_attributes", QueueUrl="{url}", AttributeNames=["All"])
TAGS = Call("sqs", "list_queue_tags", QueueUrl="{url}")
SOURCES = Call("sqs", "list_dead_letter_source_queues", "queueUrls", QueueUrl="{url}")


class Queue(Resource):
    """One queue: the listing tells its address, calls for each the rest; never a message."""

    id: str = fact("last_part(@)", doc="Its name")
    created_at: datetime = fact("to_number(Attributes.CreatedTimestamp)", via=ATTRIBUTES)
    tags: dict[str, str] = fact("Tags || `{}`", via=TAGS, doc="Tags, as key to value")
    url: str = fact("@")
    fifo: str | None = fact("Attributes.FifoQueue", via=ATTRIBUTES, doc="true: in order, each once; null: not")
    waiting: int = fact("to_number(Attributes.ApproximateNumberOfMessages)", via=ATTRIBUTES, doc="Messages to receive")
    in_flight: int = fact("to_number(Attributes.ApproximateNumberOfMessagesNotVisible)", via=ATTRIBUTES)
    delayed: int = fact("to_number(Attributes.ApproximateNumberOfMessagesDelayed)", via=ATTRIBUTES)
    kept_seconds: int = fact("to_number(Attributes.MessageRetentionPeriod)", unit="s", via=ATTRIBUTES)
    hidden_seconds: int = fact("to_number(Attributes.VisibilityTimeout)", unit="s", via=ATTRIBUTES)
    delay_seconds: int = fact("to_number(Attributes.DelaySeconds)", unit="s", via=ATTRIBUTES)
    poll_seconds: int = fact("to_number(Attributes.ReceiveMessageWaitTimeSeconds)", unit="s", via=ATTRIBUTES)
    largest_bytes: int = fact("to_number(Attributes.MaximumMessageSize)", unit="Bytes", via=ATTRIBUTES)
    kms_key_id: str | None = fact("Attributes.KmsMasterKeyId", via=ATTRIBUTES)
    encrypted_by_sqs: str | None = fact("Attributes.SqsManagedSseEnabled", via=ATTRIBUTES)
    redrive: str | None = fact("Attributes.RedrivePolicy", via=ATTRIBUTES, doc="Where what fails goes; null: nowhere")
    source_ids: list[str] = fact(
        "queueUrls[].last_part(@)", via=SOURCES, to="sqs", doc="Queues whose failed messages come here"
    )
    sent: Series | None = metric("AWS/SQS", "NumberOfMessagesSent", unit="Count", days=14)
    received: Series | None = metric("AWS/SQS", "NumberOfMessagesReceived", unit="Count", days=14)
    empty_receives: Series | None = metric(
        "AWS/SQS", "NumberOfEmptyReceives", unit="Count", days=14, doc="Times that it was asked and had nothing"
    )
    oldest: Series | None = metric(
        "AWS/SQS", "ApproximateAgeOfOldestMessage", unit="Seconds", kind="gauge", doc="Age of the oldest message"
    )
    monthly_cost: Money | None = priced(
        "sqs:{region}:{kind}", per="asked_in_vain", doc="Monthly list cost of asking it in vain"
    )

    @property
    def kind(self) -> str:
        """How the price list calls it."""
        return "fifo" if self.fifo == "true" else "standard"

    @property
    def asked_in_vain(self) -> float:
        """Requests of a month that bring nothing, as in the window."""
        series = self.empty_receives
        return (series.sum or 0) / series.hours * HOURS_PER_MONTH if series else 0

    @resilience
    def keeps_failures(self) -> bool:
        """What cannot be worked on is kept apart; a queue that keeps it for others need not."""
        return self.redrive is not None or bool(self.source_ids)


def idle(queue: Queue, *, grace: timedelta = timedelta(days=14)) -> Outcome:
    """In two weeks no message was sent to it and none received.

    A queue itself costs nothing: what is saved are the requests of those who ask it in vain. SQS counts nothing for a
    queue that nobody touches: no count is no use.
    """
    if any(one is not None and one.sum for one in (queue.sent, queue.received)):
        return ok()
    if queue.source_ids:
        return excluded(f"keeps the failed messages of {len(queue.source_ids)} queues")
    if queue.age <= grace:
        return excluded(f"created less than {grace.days} days ago")
    seen = {"messages": 0, "waiting": queue.waiting, "empty_receives": queue.empty_receives}
    reason = f"no message sent or received in {grace.days} days"
    return wasted(reason, severity="low", saves=queue.monthly_cost, evidence=seen)


class SqsScanner(AwsScanner[Queue]):
    """Queues of Amazon SQS."""

    service, family = "sqs", "sqs"
    resource, resource_type = Queue, "AWS::SQS::Queue"
    groups = ("compute",)
    listing = Call("sqs", "list_queues", "QueueUrls || `[]`", page_size=1000)
    arn = "arn:{partition}:sqs:{region}:{account}:{id}"
    dimension = "QueueName"
    tagged = False
    rules = (waste("queue.idle", idle),)
