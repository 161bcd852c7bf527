import unittest

import cpp_text

SOURCE = '''#include "a/b.h"
namespace n {
struct S {
  int value() const { return value_; }
  int value_ = 0;
};

S::S(int a)
    : first_{a},
      second_{a} {
  use(a);
}

template <typename T>
T twice(T t) {
  const char* text = "} not a brace {";  // nor this }
  auto inner = [&](int x) {
    return x;
  };
  return inner(t) + inner(t);
}

constexpr int table[] = {
    1, 2, 3,
};

TEST(Suite, case) {
  EXPECT_EQ('{', 1'000);
}

#define MACRO(x) \\
  do {           \\
  } while (false)

extern "C" int c_function(void) {
  return 0;
}

[[nodiscard]] bool operator==(const S& a, const S& b) {
  return true;
}
}  // namespace n
'''


class FunctionsTest(unittest.TestCase):
    def test_names_lines_and_lengths(self):
        found = [(f.name, f.line, f.lines) for f in cpp_text.functions(SOURCE)]
        self.assertEqual([("value", 4, 1), ("S::S", 8, 5), ("twice", 14, 8), ("TEST", 27, 3),
                          ("c_function", 35, 3), ("operator==", 39, 3)], found)

    def test_a_long_function_is_as_long_as_it_is(self):
        text = "void f() {\n" + "  g();\n" * 98 + "}\n"
        self.assertEqual([("f", 1, 100)], [tuple(f) for f in cpp_text.functions(text)])

    def test_lambda_arguments_at_file_scope_do_not_confuse(self):
        text = "const int x = call([] { return 1; });\nvoid f() {\n}\n"
        self.assertIn(("f", 2, 2), [tuple(f) for f in cpp_text.functions(text)])


class IncludesTest(unittest.TestCase):
    def test_quoted_and_angled_with_lines(self):
        found = [tuple(i) for i in cpp_text.includes('// x\n#include <a>\n#  include "b/c.h"  // y\n')]
        self.assertEqual([(2, False, "a"), (3, True, "b/c.h")], found)


class WithoutCommentsTest(unittest.TestCase):
    def test_lines_stay_where_they_are(self):
        self.assertEqual('a \n""\n\nb\n', cpp_text.without_comments('a // x\n"y"\n/* p\n*/b\n'))

    def test_digit_separators_are_no_literals(self):
        self.assertEqual("1'000 + f", cpp_text.without_comments("1'000 + f// '"))

    def test_raw_strings(self):
        self.assertEqual('x = "";', cpp_text.without_comments('x = R"(a " // b)";'))


if __name__ == "__main__":
    unittest.main()
