import unittest

import machine_paths
from source_tree import SourceTree

SLASH = "/"


def findings(text):
    return [f.line for f in machine_paths.check(SourceTree.of({"a.md": text}))]


class MachinePathsTest(unittest.TestCase):
    def test_paths_of_one_machine(self):
        for path in ("root/tocsin", "work/main", "home/ann/src", "Users/ann"):
            self.assertEqual([1], findings(f"cd {SLASH}{path}\n"), path)
            self.assertEqual([1], findings(f'x = "{SLASH}{path}"\n'), path)

    def test_paths_of_every_system(self):
        self.assertEqual([], findings("/var/lib/tocsin /etc/tocsin /proc/1 /tmp/x src/work/a ./root/a\n"
                                      "https://example.org/work/x ~/work/x $HOME/work/x /homepage\n"))


if __name__ == "__main__":
    unittest.main()
