import unittest

import names
from source_tree import SourceTree


def findings(*paths):
    return [f.path for f in names.check(SourceTree.of({p: "" for p in paths}))]


class NamesTest(unittest.TestCase):
    def test_drawers(self):
        drawers = ["src/common/a.h", "src/base/util.h", "src/wire/string_utils.cc",
                   "tests/unit/test_helpers.h", "docs/misc/a.md", "src/a/tls_util_test.cc"]
        self.assertEqual(sorted(drawers), findings(*drawers))

    def test_names_that_only_look_alike(self):
        self.assertEqual([], findings("src/base/utilization.h", "src/wire/uncommon.h", "README.md"))


if __name__ == "__main__":
    unittest.main()
