import unittest

import threads
from source_tree import SourceTree

RULES = "layer base:\nlayer runtime: base\nlayer gateway: base runtime\nlayer sdk_client: base\n"


def findings(texts, allowed=""):
    tree = {"src/LAYERS": RULES, threads.ALLOWED: allowed}
    tree.update(texts)
    return [f"{f.path}:{f.line}" for f in threads.check(SourceTree.of(tree))]


class ThreadsTest(unittest.TestCase):
    def test_above_runtime_nothing_is_shared(self):
        for text in ("std::mutex m;", "std::atomic<int> n;", "std::thread t;", "absl::Mutex m;",
                     "std::atomic_flag f;", "pthread_create(a, b, c, d);", "std::condition_variable c;"):
            self.assertEqual(["src/gateway/a.h:1"], findings({"src/gateway/a.h": text}), text)
        self.assertEqual(["src/sdk_client/a.h:1"], findings({"src/sdk_client/a.h": "std::mutex m;"}))

    def test_runtime_and_below_may(self):
        texts = {"src/runtime/a.h": "std::mutex m;", "src/base/a.cc": "std::atomic<int> n;"}
        self.assertEqual([], findings(texts))

    def test_asking_how_many_cores_there_are_is_no_thread(self):
        text = "#include <thread>\nint n = std::thread::hardware_concurrency();\npthread_sigmask(a, b, c);\n"
        self.assertEqual([], findings({"src/gateway/a.cc": text}))

    def test_words_in_comments_are_no_locks(self):
        self.assertEqual([], findings({"src/gateway/a.h": "// no std::mutex here\n"}))

    def test_an_exception_holds_while_it_is_used(self):
        used = {"src/gateway/a.h": "std::mutex m;"}
        self.assertEqual([], findings(used, "# why\nsrc/gateway/a.h: the reason\n"))
        self.assertEqual([threads.ALLOWED + ":0"], findings({}, "src/gateway/a.h: the reason\n"))

    def test_an_exception_has_a_reason(self):
        self.assertEqual([threads.ALLOWED + ":0"],
                         findings({"src/gateway/a.h": "std::mutex m;"}, "src/gateway/a.h:\n"))


if __name__ == "__main__":
    unittest.main()
