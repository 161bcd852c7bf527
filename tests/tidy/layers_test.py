import unittest

import layers
from source_tree import SourceTree

RULES = """
layer base:
layer wire: base
layer runtime: base wire
layer gateway: base wire runtime   # trailing words
home openssl/ssl.h: runtime
home openssl/: wire runtime
pure _fsm.h: base wire
"""


def findings(**files):
    texts = {"src/LAYERS": RULES}
    texts.update({"src/" + path.replace("__", "/").replace("_h", ".h"): text
                  for path, text in files.items()})
    return [f"{f.path}:{f.line}" for f in layers.check(SourceTree.of(texts))]


class LayersTest(unittest.TestCase):
    def test_downwards_and_own_folder_are_fine(self):
        self.assertEqual([], findings(
            base__a_h='#include <vector>\n',
            gateway__b_h='#include "base/a.h"\n#include "gateway/c.h"\n#include <map>\n'))

    def test_upwards_is_found_with_its_line(self):
        self.assertEqual(["src/base/a.h:2"], findings(base__a_h='\n#include "wire/b.h"\n'))

    def test_an_include_in_a_comment_is_none(self):
        self.assertEqual([], findings(base__a_h='// #include "wire/b.h"\n/*\n#include "wire/b.h"\n*/\n'))

    def test_third_party_has_a_home(self):
        self.assertEqual([], findings(wire__a_h="#include <openssl/evp.h>\n"))
        self.assertEqual(["src/gateway/a.h:1"], findings(gateway__a_h="#include <openssl/evp.h>\n"))

    def test_the_longest_prefix_decides(self):
        self.assertEqual(["src/wire/a.h:1"], findings(wire__a_h="#include <openssl/ssl.h>\n"))
        self.assertEqual([], findings(runtime__a_h="#include <openssl/ssl.h>\n"))

    def test_a_folder_without_a_layer(self):
        self.assertEqual(["src/attic/a.h:0"], findings(attic__a_h=""))

    def test_folders_that_include_each_other(self):
        tree = SourceTree.of({"src/LAYERS": "layer a: b\nlayer b: a\n"})
        self.assertEqual(["a and b may include each other"], [f.what for f in layers.check(tree)])

    def test_a_rule_that_does_not_parse_is_refused(self):
        with self.assertRaises(ValueError):
            layers.parse("layer base wire\n")


class PureTest(unittest.TestCase):
    def findings_in(self, text, neighbour=""):
        tree = SourceTree.of({"src/LAYERS": RULES, "src/gateway/s_fsm.h": text,
                              "src/gateway/window.h": neighbour, "src/runtime/shard.h": "",
                              "src/base/a.h": ""})
        return [f.line for f in layers.check(tree)]

    def test_values_are_fine(self):
        self.assertEqual([], self.findings_in('#include "base/a.h"\n#include <vector>\n'))

    def test_no_other_folder(self):
        self.assertEqual([1], self.findings_in('#include "runtime/shard.h"\n'))

    def test_no_io_no_clock_no_thread(self):
        self.assertEqual([1, 2, 3, 4], self.findings_in(
            '#include <sys/socket.h>\n#include <chrono>\n#include <mutex>\n#include "base/clock.h"\n'))

    def test_a_pure_neighbour_is_fine_an_impure_one_is_not(self):
        text = '#include "gateway/window.h"\n'
        self.assertEqual([], self.findings_in(text, '#include <array>\n'))
        self.assertEqual([1], self.findings_in(text, '#include <atomic>\n'))


if __name__ == "__main__":
    unittest.main()
