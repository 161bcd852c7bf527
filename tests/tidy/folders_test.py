import unittest

import folders
from source_tree import SourceTree


def tree_of(folder, files):
    return SourceTree.of({f"{folder}/{i}.h": "" for i in range(files)})


class FoldersTest(unittest.TestCase):
    def test_forty_files_are_fine(self):
        self.assertEqual([], list(folders.check(tree_of("src/base", 40))))

    def test_one_more_is_found(self):
        self.assertEqual(["src/base"], [f.path for f in folders.check(tree_of("src/base", 41))])

    def test_only_files_directly_in_it_count(self):
        texts = {f"src/storage/{room}/{i}.h": "" for room in "abc" for i in range(30)}
        self.assertEqual([], list(folders.check(SourceTree.of(texts))))

    def test_data_may_be_as_much_as_it_is(self):
        self.assertEqual([], list(folders.check(tree_of("bench/results", 100))))

    def test_the_report_lists_every_folder(self):
        self.assertEqual(["   2 files in src/base"], list(folders.report(tree_of("src/base", 2))))


if __name__ == "__main__":
    unittest.main()
