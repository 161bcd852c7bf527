import unittest

import doc_links
from source_tree import SourceTree


def findings(texts):
    return [f"{f.path}:{f.line}" for f in doc_links.check(SourceTree.of(texts))]


class DocLinksTest(unittest.TestCase):
    def test_links_that_lead_somewhere(self):
        self.assertEqual([], findings({
            "README.md": "[a](docs/a.md) [b](docs) [c](https://x.y/z) [d](docs/a.md#two-words) [e](#top)\n"
                         "# Top\n```\n[code](nowhere.md)\n```\n`[code](nowhere.md)`\n",
            "docs/a.md": "# One\n## Two words\n[up](../README.md)\n"}))

    def test_links_that_do_not(self):
        self.assertEqual(["README.md:1", "README.md:2", "README.md:3", "README.md:4"], findings({
            "README.md": "[a](docs/b.md)\n[b](docs/a.md#three)\n[c](../outside.md)\n[d](/docs/a.md)\n",
            "docs/a.md": "# One\n"}))

    def test_a_source_that_speaks_of_a_page(self):
        texts = {"src/a/b.h": "// see docs/a.md\n// see docs/b.md\n", "docs/a.md": ""}
        self.assertEqual(["src/a/b.h:2"], findings(texts))


if __name__ == "__main__":
    unittest.main()
