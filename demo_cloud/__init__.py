"""A seeded local AWS that the real SDKs talk to, and the findings that a scan of it must bring."""

from demo_cloud.check import Comparison, compare
from demo_cloud.expected import EXPECTED, Expected
from demo_cloud.process import DemoCloud

__all__ = ["EXPECTED", "Comparison", "DemoCloud", "Expected", "compare"]
