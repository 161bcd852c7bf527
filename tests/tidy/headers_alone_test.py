import json
import os
import tempfile
import unittest

import headers_alone
from source_tree import SourceTree


class HeadersAloneTest(unittest.TestCase):
    def findings(self, files):
        with tempfile.TemporaryDirectory() as root:
            build = os.path.join(root, "build")
            os.mkdir(build)
            for path, text in files.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as f:
                    f.write(text)
            source = os.path.join(root, "src/a/a.cc")
            command = ["c++", "-std=c++20", f"-I{root}/src", "-MD", "-MF", "x.d", "-o", "a.o", "-c", source]
            with open(os.path.join(build, "compile_commands.json"), "w", encoding="utf-8") as f:
                json.dump([{"directory": build, "file": source, "arguments": command}], f)
            tree = SourceTree.of(files)
            return [(f.path, "does not compile alone" in f.what)
                    for f in headers_alone.check(tree, root, build)]

    def test_only_the_header_that_leans_on_another_is_found(self):
        self.assertEqual([("src/a/bad.h", True)], self.findings({
            "src/a/a.cc": "",
            "src/a/good.h": "#pragma once\n#include <string>\ninline std::string f() { return {}; }\n",
            "src/a/bad.h": "#pragma once\ninline std::string g() { return {}; }\n"}))

    def test_a_header_with_a_source_is_left_to_the_build(self):
        self.assertEqual([], self.findings({
            "src/a/a.cc": "", "src/a/bad.cc": '#include "a/bad.h"\n',
            "src/a/bad.h": "#pragma once\ninline std::string g() { return {}; }\n"}))

    def test_include_folders_are_gathered_below_one_folder(self):
        flags = {"tests/a": ["c++", "-Ix", "-isystem", "y"], "tests/b": ["c++", "-Ix", "-I", "z"],
                 "src/a": ["c++", "-Iw"]}
        self.assertEqual(["-Ix", "-isystem", "y", "-I", "z"],
                         headers_alone.include_flags(flags, "tests"))

    def test_the_nearest_folder_lends_its_flags(self):
        flags = {"src/a": ["a"], "src/a/b": ["b"], "tests/unit": ["t"]}
        self.assertEqual(["b"], headers_alone.nearest("src/a/b", flags))
        self.assertEqual(["t"], headers_alone.nearest("tests/unit/x", flags))

    def test_flags_keep_what_matters(self):
        self.assertEqual(["ccache", "c++", "-Wall", "-isystem", "x"], headers_alone.without_files(
            ["ccache", "c++", "-Wall", "-isystem", "x", "-MD", "-MT", "o", "-o", "a.o", "-c", "a.cc"]))


if __name__ == "__main__":
    unittest.main()
