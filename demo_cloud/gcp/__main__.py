"""``python -m demo_cloud.gcp``."""

from demo_cloud.gcp.main import main

if __name__ == "__main__":
    raise SystemExit(main())
