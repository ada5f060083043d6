"""Puts a world into moto's backends, a module a theme: the only package that knows moto's insides.

moto's own calls stamp the present on everything and choose random ids, so resources are made in its backends and then
given their id and their time. A test reads each patched field back.
"""

from __future__ import annotations

import os

os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # else 1,165 snapshots of strangers; read when moto is imported
