import unittest

import config_keys
from source_tree import SourceTree

SAMPLE = "# Sample.\n# a_key = 1\n\n# What b does = c.\nb_key = 2\n"


def findings(text, keys):
    return [f.what for f in config_keys.compare(SourceTree.of({config_keys.SAMPLE: text}), keys)]


class ConfigKeysTest(unittest.TestCase):
    def test_the_same_keys(self):
        self.assertEqual([], findings(SAMPLE, ["a_key", "b_key"]))

    def test_missing_unknown_and_double(self):
        self.assertEqual(["c_key is missing", "tocsind has no key b_key"],
                         findings(SAMPLE, ["a_key", "c_key"]))
        self.assertEqual(["a_key is shown twice"], findings(SAMPLE + "a_key = 3\n", ["a_key", "b_key"]))


if __name__ == "__main__":
    unittest.main()
