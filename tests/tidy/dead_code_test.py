import unittest

import dead_code
from source_tree import SourceTree


def findings(text, path="src/a/b.cc"):
    return [f.line for f in dead_code.check(SourceTree.of({path: text}))]


class DeadCodeTest(unittest.TestCase):
    def test_statements(self):
        for line in ("// foo(bar);", "//foo(bar);", "// int x = 3;", "// x_ = y;", "// return x;",
                     "// if (a) {", "// }", "// #include <map>", "// std::vector<int> v;",
                     "  // self->stop();", "// for (int i = 0; i < 3; ++i) {", "// } else {"):
            self.assertEqual([1], findings(line + "\n"), line)

    def test_prose(self):
        for line in ("// Answers with an error; the caller closes.", "// call stop() first, then close.",
                     "// queue full (the message says which); or the disk failed (see below);",
                     "// device_id = HMAC(master)", "//   example(of, a, call);", "// -- Names ------",
                     "// return what is left; the rest stays.", "foo();  // why (as above);"):
            self.assertEqual([], findings(line + "\n"), line)

    def test_python(self):
        self.assertEqual([1, 2, 3], findings("# import os\n# x = foo(1)\n# print(x)\n", "a.py"))
        self.assertEqual([], findings("# from the folder\n# prints x (once)\n", "a.py"))


if __name__ == "__main__":
    unittest.main()
