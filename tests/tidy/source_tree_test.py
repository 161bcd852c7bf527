import os
import subprocess
import tempfile
import unittest

from source_tree import SourceTree


class SourceTreeTest(unittest.TestCase):
    def make(self, root):
        for path in ("src/a.h", "build/b.h", ".gitignore"):
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as f:
                f.write("/build/\n")

    def test_what_git_would_track(self):
        with tempfile.TemporaryDirectory() as root:
            self.make(root)
            subprocess.run(["git", "init", "-q", root], check=True)
            self.assertEqual([".gitignore", "src/a.h"], list(SourceTree.on_disk(root).paths()))

    def test_without_git_everything_but_build_output(self):
        with tempfile.TemporaryDirectory() as root:
            self.make(root)
            tree = SourceTree.on_disk(root)
            self.assertEqual([".gitignore", "src/a.h"], list(tree.paths()))
            self.assertEqual(["/build/"], tree.lines("src/a.h"))

    def test_folders_exist_too(self):
        tree = SourceTree.of({"src/a/b.h": ""})
        self.assertTrue(tree.exists("src/a") and tree.exists("src/a/") and tree.exists("src/a/b.h"))
        self.assertFalse(tree.exists("src/b"))


if __name__ == "__main__":
    unittest.main()
