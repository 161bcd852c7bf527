import unittest

import todos
from source_tree import SourceTree

MARK = "TO" "DO"


def findings(text, path="src/a/b.h"):
    return [f.line for f in todos.check(SourceTree.of({path: text}))]


class TodosTest(unittest.TestCase):
    def test_with_its_issue(self):
        self.assertEqual([], findings(f"// {MARK}(#12): later\n"))

    def test_without_one(self):
        self.assertEqual([2, 3], findings(f"int a;\n// {MARK}: later\n// {MARK}(me) later\n"))
        self.assertEqual([1], findings("# FIX" "ME\n", "CMakeLists.txt"))

    def test_words_that_only_contain_it(self):
        self.assertEqual([], findings(f"int {MARK}S;\n"))


if __name__ == "__main__":
    unittest.main()
