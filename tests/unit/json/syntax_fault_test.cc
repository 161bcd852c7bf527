// Texts that are not JSON (RFC 8259), and what is said of them.
#include "json/syntax_fault.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "json/read.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::json {
namespace {

std::string said_of(const std::string& json) {
  v1::SendRequest request;
  const auto fault = read(json, request, UnknownFields::skip);
  if (!fault) return "accepted";
  EXPECT_EQ(fault->path, "") << json;
  return fault->text;
}

struct Case {
  std::string json;
  std::string said;  // after "is not valid JSON: expected "
};

void expect(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(said_of(one.json), "is not valid JSON: expected " + one.said) << one.json;
  }
}

TEST(JsonSyntax, NothingIsEmpty) {
  for (const char* json : {"", " ", "\n", " \t\r\n "}) {
    EXPECT_EQ(said_of(json), "is empty: send a JSON object");
  }
}

TEST(JsonSyntax, NamesAreInDoubleQuotes) {
  expect({{"{a:1}", "a name in double quotes, or } at column 2, near: {a:1}"},
          {"{'a':1}", "a name in double quotes, or } at column 2, near: {'a':1}"},
          {R"({"a":1,b:2})", R"(a name in double quotes at column 8, near: {"a":1,b:2})"},
          {R"({1:2})", "a name in double quotes, or } at column 2, near: {1:2}"},
          {R"({"a" 1})", R"(a colon at column 6, near: {"a" 1})"},
          {R"({"a"})", R"(a colon at column 5, near: {"a"})"},
          {R"({"tag" "a"})", R"(a colon at column 8, near: {"tag" "a"})"}});
}

TEST(JsonSyntax, CommasAreBetweenValues) {
  expect({{R"({"a":1,})", R"(a name in double quotes at column 8, near: {"a":1,})"},
          {R"({,})", "a name in double quotes, or } at column 2, near: {,}"},
          {R"({"a":[1,]})", R"(a value at column 9, near: {"a":[1,]})"},
          {R"({"a":[,]})", R"(a value, or ] at column 7, near: {"a":[,]})"},
          {R"({"a":1 "b":2})", R"(a comma, or } at column 8, near: {"a":1 "b":2})"},
          {R"({"a":"x" "b":2})", R"(a comma, or } at column 10, near: {"a":"x" "b":2})"},
          {R"({"a":[1 2]})", R"(a comma, or ] at column 9, near: {"a":[1 2]})"},
          {R"({"a":[{}{}]})", R"(a comma, or ] at column 9, near: {"a":[{}{}]})"},
          {R"({"a":[1})", R"(a comma, or ] at column 8, near: {"a":[1})"},
          {R"({"a":{]})", R"(a name in double quotes, or } at column 7, near: {"a":{]})"},
          {R"({"a":})", R"(a value at column 6, near: {"a":})"}});
}

TEST(JsonSyntax, ValuesAreNumbersTextsTrueFalseOrNull) {
  const std::string number = "a number like 12, -0.5 or 1e3 at column ";
  expect({{R"({"a":NaN})", R"(a value at column 6, near: {"a":NaN})"},
          {R"({"a":nan})", R"(a value at column 6, near: {"a":nan})"},
          {R"({"a":Infinity})", R"(a value at column 6, near: {"a":Infinity})"},
          {R"({"a":-Infinity})", number + R"(7, near: {"a":-Infinity})"},
          {R"({"a":tru})", R"(a value at column 6, near: {"a":tru})"},
          {R"({"a":True})", R"(a value at column 6, near: {"a":True})"},
          {R"({"a":truex})", R"(a comma, or } at column 10, near: {"a":truex})"},
          {R"({"a":nil})", R"(a value at column 6, near: {"a":nil})"},
          {R"({"a":1"b":2})", R"(a comma, or } at column 7, near: {"a":1"b":2})"},
          {R"({"a":1x})", number + R"(7, near: {"a":1x})"},
          {R"({"a":01})", number + R"(7, near: {"a":01})"},
          {R"({"a":-01})", number + R"(8, near: {"a":-01})"},
          {R"({"a":+1})", R"(a value at column 6, near: {"a":+1})"},
          {R"({"a":.5})", R"(a value at column 6, near: {"a":.5})"},
          {R"({"a":1.})", number + R"(8, near: {"a":1.})"},
          {R"({"a":-})", number + R"(7, near: {"a":-})"},
          {R"({"a":1e})", number + R"(8, near: {"a":1e})"},
          {R"({"a":0x10})", number + R"(7, near: {"a":0x10})"},
          {R"({"a":'x'})", R"(a value at column 6, near: {"a":'x'})"},
          {R"({"a":undefined})", R"(a value at column 6, near: {"a":undefined})"}});
  EXPECT_EQ(said_of(R"({"a":1e99999999999})"),
            "has a number with too large an exponent at column 17");
}

TEST(JsonSyntax, TextsAreUtf8WithoutControlCharacters) {
  const std::string control =
      "an escape in place of the control character (a line break is \\n) at ";
  const std::string escape = "one of \" \\ / b f n r t u after the backslash at column ";
  const std::string hex = "four hexadecimal digits after \\u at column ";
  const std::string half =
      "the other half of a surrogate pair, as in \"\\ud83d\\ude00\" at column ";
  expect({{"{\"a\":\"x\ty\"}", control + "column 8, near: {\"a\":\"x?y\"}"},
          {"{\"a\nb\":1}", control + "line 1, column 4, near: {\"a"},
          {R"({"a":"\x41"})", escape + R"(8, near: {"a":"\x41"})"},
          {R"({"a":"\'"})", escape + R"(8, near: {"a":"\'"})"},
          {R"({"a":"\u00g0"})", hex + R"(11, near: {"a":"\u00g0"})"},
          {R"({"a":"\u12"})", hex + R"(11, near: {"a":"\u12"})"},
          {R"({"a":"\ud800"})", half + R"(13, near: {"a":"\ud800"})"},
          {R"({"a":"\ud800x"})", half + R"(13, near: {"a":"\ud800x"})"},
          {R"({"a":"\ud800\n"})", half + R"(14, near: {"a":"\ud800\n"})"},
          {R"({"a":"\udc00"})", half + R"(13, near: {"a":"\udc00"})"},
          {R"({"a":"\ud800\u0041"})", half + R"(15, near: {"a":"\ud800\u0041"})"},
          {R"({"a":"\ud800\ud800"})", half + R"(15, near: {"a":"\ud800\ud800"})"},
          {"{\"a\":\"x\xff\"}", "UTF-8 at column 8, near: {\"a\":\"x?\"}"},
          {"{\"a\":\"\xc0\xaf\"}", "UTF-8 at column 7, near: {\"a\":\"??\"}"},
          {"{\"a\":\"\xed\xa0\x80\"}", "UTF-8 at column 7, near: {\"a\":\"???\"}"},
          {"{\"a\":\"\xf1\"}", "UTF-8 at column 7, near: {\"a\":\"?\"}"},
          {"{\"a\":\"é\xf1\"}]]", "UTF-8 at column 8, near: {\"a\":\"??\?\"}]]"},
          {"\"{\xf1\"}", "UTF-8 at column 3, near: \"{?\"}"},
          {"{\"\xc3\":1}", "UTF-8 at column 3, near: {\"?\":1}"}});
}

TEST(JsonSyntax, NothingStandsBeforeTheObjectOrAfterIt) {
  expect({{"{} x", "nothing after the object at column 4, near: {} x"},
          {"{}{}", "nothing after the object at column 3, near: {}{}"},
          {"{}}", "nothing after the object at column 3, near: {}}"},
          {"{},", "nothing after the object at column 3, near: {},"},
          {std::string("{}\0", 3), "nothing after the object at column 3, near: {}?"},
          {"title=hello", "a JSON object: { ... } at column 1, near: title=hello"},
          {"\xef\xbb\xbf{}", "a JSON object: { ... } at column 1, near: \xef\xbb\xbf{}"},
          {"// x\n{}", "a JSON object: { ... } at line 1, column 1, near: // x"},
          {"{/* x */}", "a name in double quotes, or } at column 2, near: {/* x */}"},
          {"{} // x", "nothing after the object at column 4, near: {} // x"},
          {"}", "a JSON object: { ... } at column 1, near: }"}});
  EXPECT_EQ(said_of(" \t\r\n{} \t\r\n"), "accepted");
  EXPECT_EQ(said_of("\f{}"),
            "is not valid JSON: expected a JSON object: { ... } at column 1, near: ?{}");
}

TEST(JsonSyntax, WhatIsCutShort) {
  const std::string ends = ", where it ends, near: ";
  expect(
      {{"{", "a name in double quotes, or } at column 2" + ends + "{"},
       {"{\n", "a name in double quotes, or } at column 2" + ends + "{"},
       {R"({"a)", "a closing quote at column 4" + ends + R"({"a)"},
       {R"({"a")", "a colon at column 5" + ends + R"({"a")"},
       {R"({"a":)", "a value at column 6" + ends + R"({"a":)"},
       {R"({"a":")", "a closing quote at column 7" + ends + R"({"a":")"},
       {R"({"a":"\)",
        "one of \" \\ / b f n r t u after the backslash at column 8" + ends + R"({"a":"\)"},
       {R"({"a":"\u1)", "four hexadecimal digits after \\u at column 10" + ends + R"({"a":"\u1)"},
       {R"({"a":tr)", "true, false or null at column 8" + ends + R"({"a":tr)"},
       {R"({"a":-)", "a number like 12, -0.5 or 1e3 at column 7" + ends + R"({"a":-)"},
       {R"({"a":[1,)", "a value at column 9" + ends + R"({"a":[1,)"},
       {R"({"a":[true)", "a comma, or ] at column 11" + ends + R"({"a":[true)"},
       {R"({"a":{})", "a comma, or } at column 8" + ends + R"({"a":{})"}});
}

TEST(JsonSyntax, PlacesAreLinesAndColumnsInCharacters) {
  expect({{"{\n  \"a\": 1\n  \"b\": 2\n}\n", "a comma, or } at line 3, column 3, near:   \"b\": 2"},
          {"{\r\n\"a\" 1}", "a colon at line 2, column 5, near: \"a\" 1}"},
          {"{\"é😀\" 1}", "a colon at column 7, near: {\"é😀\" 1}"}});
  const std::string before(100, 'x');
  EXPECT_EQ(said_of("{\"" + before + "\" 1, " + before),
            "is not valid JSON: expected a colon at column 105, near: " + std::string(28, 'x') +
                "\" 1, " + std::string(27, 'x'));
}

}  // namespace
}  // namespace tocsin::json
