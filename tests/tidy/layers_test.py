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


ROOMS = """
layer base:
layer storage: base
room storage/store:
room storage/tables: storage/store storage/thread.h
room storage/apply: storage/store storage/tables
door storage/storage.h:
home storage/store/batch.h: storage/store storage/apply
"""


class RoomsTest(unittest.TestCase):
    def findings_in(self, path, text):
        tree = SourceTree.of({"src/LAYERS": ROOMS, "src/storage/" + path: text})
        return [f.what for f in layers.check(tree)]

    def test_downwards_beside_and_own_are_fine(self):
        self.assertEqual([], self.findings_in(
            "apply/a.cc", '#include "storage/apply/a.h"\n#include "storage/store/store.h"\n'))
        self.assertEqual([], self.findings_in("tables/a.h", '#include "storage/thread.h"\n'))

    def test_what_stands_beside_the_rooms_may_see_all(self):
        self.assertEqual([], self.findings_in("b.cc", '#include "storage/apply/a.h"\n'))

    def test_an_include_that_climbs_is_found(self):
        self.assertEqual(["storage/store may not include storage/tables (src/LAYERS)"],
                         self.findings_in("store/a.h", '#include "storage/tables/b.h"\n'))

    def test_the_door_is_for_others(self):
        door = '#include "storage/storage.h"\n'
        self.assertEqual(["storage/storage.h is the door of storage, for others only"],
                         self.findings_in("apply/a.cc", door))
        self.assertEqual([], self.findings_in("storage.cc", door))

    def test_a_header_of_ours_can_have_a_home(self):
        batch = '#include "storage/store/batch.h"\n'
        self.assertEqual([], self.findings_in("apply/a.cc", batch))
        self.assertEqual(
            ["<storage/store/batch.h> may be included only in storage/apply storage/store"],
            self.findings_in("tables/a.cc", batch))

    def test_a_room_without_a_line(self):
        self.assertEqual(["src/LAYERS has no line for the room storage/attic"],
                         self.findings_in("attic/a.h", ""))

    def test_rooms_that_include_each_other_around_a_corner(self):
        rules = "room s/a: s/b\nroom s/b: s/c\nroom s/c: s/a\n"
        found = layers.check(SourceTree.of({"src/LAYERS": rules}))
        self.assertEqual(["s/a and s/b and s/c may include each other"], [f.what for f in found])


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
