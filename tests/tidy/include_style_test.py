import unittest

import include_style
from source_tree import SourceTree


def findings(texts):
    return [f"{f.path}:{f.line}" for f in include_style.check(SourceTree.of(texts))]


class IncludeStyleTest(unittest.TestCase):
    def test_good(self):
        self.assertEqual([], findings({
            "src/wire/frame.h": '// What it is.\n#pragma once\n\n#include <array>\n',
            "src/wire/frame.cc": '#include "wire/frame.h"\n\n#include <map>\n#include "device.pb.h"\n',
            "bench/drill/plan.h": '#pragma once\n',
            "bench/drill/plan.cc": '#include "drill/plan.h"\n',
            "tests/unit/wire/frame_test.cc": '#include "wire/frame.h"\n'}))

    def test_an_include_without_its_folder(self):
        texts = {"src/wire/a.cc": '#include "frame.h"\n', "src/wire/frame.h": "#pragma once\n"}
        self.assertEqual(["src/wire/a.cc:1"], findings(texts))

    def test_ours_are_quoted_and_theirs_are_not(self):
        texts = {"src/wire/a.cc": '#include <wire/frame.h>\n#include "openssl/evp.h"\n',
                 "src/wire/frame.h": "#pragma once\n"}
        self.assertEqual(["src/wire/a.cc:1", "src/wire/a.cc:2"], findings(texts))

    def test_the_own_header_comes_first(self):
        texts = {"src/wire/frame.cc": '#include <map>\n#include "wire/frame.h"\n',
                 "src/wire/frame.h": "#pragma once\n"}
        self.assertEqual(["src/wire/frame.cc:1"], findings(texts))

    def test_a_header_guards_itself(self):
        self.assertEqual(["src/a/b.h:1"], findings({"src/a/b.h": "#include <map>\n#pragma once\n"}))
        self.assertEqual(["src/a/b.h:1"], findings({"src/a/b.h": "#ifndef B_H\n#define B_H\n#endif\n"}))

    def test_a_c_header_has_the_classic_guard(self):
        text = "/* c */\n#ifndef B_H\n#define B_H\n#ifdef __cplusplus\n#endif\n#endif\n"
        self.assertEqual([], findings({"src/a/b.h": text}))


if __name__ == "__main__":
    unittest.main()
