import unittest

import lengths
from source_tree import SourceTree


def findings(path, text):
    return [(f.line, f.what.split(";")[0]) for f in lengths.check(SourceTree.of({path: text}))]


class LengthsTest(unittest.TestCase):
    def test_functions_up_to_the_limit(self):
        for path, head, line, tail in (("src/a/b.cc", "void f() {", "  g();", "}"),
                                       ("dev", "#!/bin/bash\nf() {", "  g", "}"),
                                       ("tests/a.py", "def f():", "    g()", "    h()")):
            fits = "\n".join([head] + [line] * 68 + [tail]) + "\n"
            long = "\n".join([head] + [line] * 69 + [tail]) + "\n"
            self.assertEqual([], findings(path, fits), path)
            first = 2 if path == "dev" else 1
            self.assertEqual([(first, "f has 71 lines")], findings(path, long), path)

    def test_files_up_to_the_limit(self):
        self.assertEqual([], findings("src/a/b.h", "\n" * 800))
        self.assertEqual([(0, "801 lines")], findings("src/a/b.h", "\n" * 801))

    def test_prose_may_be_long(self):
        self.assertEqual([], findings("LICENSE", "words\n" * 900))
        self.assertEqual([], findings("docs/a.md", "words\n" * 900))


if __name__ == "__main__":
    unittest.main()
