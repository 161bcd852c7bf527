#include "json/read.h"

#include <fmt/format.h>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "every_kind.pb.h"
#include "json/to_json.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/push.pb.h"
#include "wire/utf8.h"

namespace tocsin::json {
namespace {

using google::protobuf::Message;

// What became of `json`: the message that was read as JSON, or "PATH: what is wrong".
std::string outcome(const std::string& json, Message& message,
                    UnknownFields unknown = UnknownFields::refuse) {
  const auto fault = read(json, message, unknown);
  if (fault) return fault->path.empty() ? fault->text : fault->path + ": " + fault->text;
  std::string again = to_json(message, Zeros::omit);
  again.pop_back();
  return again;
}

std::string outcome(const std::string& json, UnknownFields unknown = UnknownFields::refuse) {
  test::EveryKind message;
  return outcome(json, message, unknown);
}

struct Case {
  std::string json;
  std::string outcome;
};

void expect(const std::vector<Case>& cases) {
  for (const Case& one : cases) EXPECT_EQ(outcome(one.json), one.outcome) << one.json;
}

TEST(JsonRead, NamesInBothSpellings) {
  expect({{R"({"someText":"a"})", R"({"someText":"a"})"},
          {R"({"some_text":"a"})", R"({"someText":"a"})"},
          {R"({"some\u0054ext":"a"})", R"({"someText":"a"})"},
          {R"({"truth":true})", R"({"truth":true})"},
          {R"({"child":{"some_text":"a","truth":true}})",
           R"({"child":{"truth":true,"someText":"a"}})"}});
}

TEST(JsonRead, ANameThatNobodyKnowsIsRefusedWithTheNearestOne) {
  expect({{R"({"someTxt":"a"})", R"(someTxt: unknown field: did you mean "someText"?)"},
          {R"({"some_txt":"a"})", R"(some_txt: unknown field: did you mean "some_text"?)"},
          {R"({"tittle":"a"})", "tittle: unknown field: check its spelling"},
          {R"({"SomeText":"a"})", R"(SomeText: unknown field: did you mean "someText"?)"},
          {R"({"":"a"})", "\"\": unknown field: check its spelling"},
          {R"({"child":{"truht":1}})", R"(child.truht: unknown field: did you mean "truth"?)"},
          {R"({"child":{"truth":true},"x":1})", "x: unknown field: check its spelling"},
          {R"({"children":[{},{"child":{"x":1}}]})",
           "children[1].child.x: unknown field: check its spelling"},
          {R"({"childOf":{"a b":{"x":1}}})", "childOf.a b.x: unknown field: check its spelling"},
          {R"({"child_of":{"k":{"x":1}}})", "child_of.k.x: unknown field: check its spelling"}});
}

TEST(JsonRead, WhatNobodyKnowsCanBeSkipped) {
  for (const auto& [json, right] : std::vector<Case>{
           {R"({"x":1,"truth":true})", R"({"truth":true})"},
           {R"({"x":{"truth":[1,{"y":null}],"z":{}},"truth":true})", R"({"truth":true})"},
           {R"({"x":[[],[1,"a",{"b":[]}]],"truth":true,"y":"\n"})", R"({"truth":true})"},
           {R"({"child":{"x":{"truth":1}},"truth":true})", R"({"truth":true,"child":{}})"},
           {R"({"children":[{"x":[]},{"truth":true}]})", R"({"children":[{},{"truth":true}]})"},
           {R"({"color":"MAUVE","truth":true})", R"({"truth":true})"},
           {R"({"colors":["RED","MAUVE","red"]})", R"({"colors":["RED","RED"]})"},
           {R"({"x":1,"truth":1})", "truth: must be true or false, not 1"},
           {R"({"color":true})", "color: must be RED, DARK_BLUE or NEGATIVE, not true"},
           {R"({"truth":true,"truth":true})", "truth: is given twice"}}) {
    EXPECT_EQ(outcome(json, UnknownFields::skip), right) << json;
  }
}

TEST(JsonRead, AFieldIsGivenOnce) {
  expect(
      {{R"({"truth":true,"truth":true})", "truth: is given twice"},
       {R"({"someText":"a","some_text":"a"})", "some_text: is given twice, also as someText"},
       {R"({"some_text":"a","someText":"b"})", "someText: is given twice, also as some_text"},
       {R"({"truth":null,"truth":true})", "truth: is given twice"},
       {R"({"child":{},"child":{}})", "child: is given twice"},
       {R"({"numbers":[1],"numbers":[2]})", "numbers: is given twice"},
       {R"({"textOf":{},"text_of":{}})", "text_of: is given twice, also as textOf"},
       {R"({"child":{"child":{"maybe":1,"maybe":1}}})", "child.child.maybe: is given twice"},
       {R"({"children":[{"maybe":1},{"maybe":1,"maybe":2}]})", "children[1].maybe: is given twice"},
       {R"({"oneText":"a","oneText":"b"})", "oneText: is given twice"},
       // The same name in another object is another field.
       {R"({"truth":true,"child":{"truth":true},"children":[{"truth":true},{"truth":true}]})",
        R"({"truth":true,"child":{"truth":true},"children":[{"truth":true},{"truth":true}]})"}});
}

TEST(JsonRead, AKeyOfAMapIsGivenOnce) {
  expect({{R"({"textOf":{"a":"1","b":"2","a":"1"}})", "textOf.a: is given twice"},
          {R"({"textOf":{"a":"1","\u0061":"1"}})", "textOf.a: is given twice"},
          {R"({"textOf":{"":"1","":"1"}})", "textOf.\"\": is given twice"},
          {R"({"childOf":{"a":{"textOf":{"k":"1"}},"b":{"textOf":{"k":"1"}},"a":{}}})",
           "childOf.a: is given twice"},
          {R"({"childOf":{"a":{"textOf":{"k":"1","k":"1"}}}})",
           "childOf.a.textOf.k: is given twice"}});
  test::EveryKind message;
  EXPECT_FALSE(read(R"({"textOf":{"someText":"1","some_text":"2","A":"3","a":"4"}})", message,
                    UnknownFields::refuse));
  EXPECT_EQ(message.text_of_size(), 4);
  EXPECT_EQ(message.text_of().at("some_text"), "2");
}

TEST(JsonRead, NullIsAFieldLeftOutButNoValueInAListOrMap) {
  expect({{R"({"truth":null,"someText":null,"child":null,"color":null,"atTime":null,"lasts":null})",
           "{}"},
          {R"({"maybe":null})", "{}"},
          {R"({"numbers":null,"children":null,"textOf":null,"childOf":null})", "{}"},
          {R"({"oneText":null,"oneTruth":true})", R"({"oneTruth":true})"},
          {R"({"oneTruth":true,"oneText":null})", R"({"oneTruth":true})"},
          {R"({"oneChild":null})", "{}"},
          {R"({"numbers":[1,null]})",
           "numbers[1]: must be a whole number from 0 to 4294967295, not null"},
          {R"({"texts":[null]})", "texts[0]: must be text in quotes, not null"},
          {R"({"children":[{},null]})", "children[1]: must be an object, not null"},
          {R"({"times":[null]})", "times[0]: must be a time like 2027-01-01T00:00:00Z, not null"},
          {R"({"textOf":{"a":null}})", "textOf.a: must be text in quotes, not null"},
          {R"({"childOf":{"a":null}})", "childOf.a: must be an object, not null"}});
}

TEST(JsonRead, WholeNumbersAreExactAndInRange) {
  const std::string u32 = "must be a whole number from 0 to 4294967295, not ";
  const std::string i32 = "must be a whole number from -2147483648 to 2147483647, not ";
  const std::string u64 = "must be a whole number from 0 to 18446744073709551615, not ";
  const std::string i64 =
      "must be a whole number from -9223372036854775808 to 9223372036854775807, not ";
  expect({{R"({"maybe":0})", R"({"maybe":0})"},
          {R"({"maybe":-0})", R"({"maybe":0})"},
          {R"({"maybe":4294967295})", R"({"maybe":4294967295})"},
          {R"({"maybe":1.0})", R"({"maybe":1})"},
          {R"({"maybe":1e3})", R"({"maybe":1000})"},
          {R"({"maybe":1.5E+1})", R"({"maybe":15})"},
          {R"({"maybe":1500e-2})", R"({"maybe":15})"},
          {R"({"maybe":0.0e-9})", R"({"maybe":0})"},
          {R"({"maybe":0e999999})", R"({"maybe":0})"},
          {R"({"maybe":"7"})", R"({"maybe":7})"},
          {R"({"maybe":4294967296})", "maybe: " + u32 + "4294967296"},
          {R"({"maybe":-1})", "maybe: " + u32 + "-1"},
          {R"({"maybe":1.5})", "maybe: " + u32 + "1.5"},
          {R"({"maybe":1e-1})", "maybe: " + u32 + "1e-1"},
          {R"({"maybe":1e10})", "maybe: " + u32 + "1e10"},
          {R"({"maybe":1e999999999})", "maybe: " + u32 + "1e999999999"},
          {R"({"maybe":"1.0"})", "maybe: " + u32 + "\"1.0\""},
          {R"({"maybe":""})", "maybe: " + u32 + "\"\""},
          {R"({"maybe":" 1"})", "maybe: " + u32 + "\" 1\""},
          {R"({"maybe":"+1"})", "maybe: " + u32 + "\"+1\""},
          {R"({"maybe":"0x1"})", "maybe: " + u32 + "\"0x1\""},
          {R"({"maybe":"-"})", "maybe: " + u32 + "\"-\""},
          {R"({"maybe":true})", "maybe: " + u32 + "true"},
          {R"({"signed32":-2147483648})", R"({"signed32":-2147483648})"},
          {R"({"signed32":2147483648})", "signed32: " + i32 + "2147483648"},
          {R"({"zigzag32":"-5"})", R"({"zigzag32":-5})"},
          {R"({"unsigned64":18446744073709551615})", R"({"unsigned64":"18446744073709551615"})"},
          {R"({"unsigned64":"18446744073709551615"})", R"({"unsigned64":"18446744073709551615"})"},
          {R"({"unsigned64":9007199254740993.0})", R"({"unsigned64":"9007199254740993"})"},
          {R"({"unsigned64":18446744073709551616})", "unsigned64: " + u64 + "18446744073709551616"},
          {R"({"unsigned64":1e20})", "unsigned64: " + u64 + "1e20"},
          {R"({"fixed64":1e19})", R"({"fixed64":"10000000000000000000"})"},
          {R"({"signed64":-9223372036854775808})", R"({"signed64":"-9223372036854775808"})"},
          {R"({"signed64":"9223372036854775808"})", "signed64: " + i64 + "\"9223372036854775808\""},
          {R"({"numbers":[1,2.0,"3"]})", R"({"numbers":[1,2,3]})"},
          {R"({"numbers":[1,-2]})", "numbers[1]: " + u32 + "-2"},
          {R"({"numberOf":{"b":"2"}})", R"({"numberOf":{"b":"2"}})"},
          {R"({"numberOf":{"a":-1}})", "numberOf.a: " + u64 + "-1"}});
}

TEST(JsonRead, ANumberInQuotesIsWrittenAsANumberOfJson) {
  for (const char* text : {"007", "1.", ".5", "+1", "0-2", "1e", "1e+", "--1", "1 ", "-", ""}) {
    for (const char* field : {"signed32", "twofold"}) {
      EXPECT_THAT(outcome(fmt::format(R"({{"{}":"{}"}})", field, text)),
                  ::testing::StartsWith(fmt::format("{}: must be ", field)))
          << text;
    }
  }
}

TEST(JsonRead, ANameThatIsEmptyIsSeenInThePath) {
  EXPECT_THAT(outcome(R"({"":1})"), ::testing::StartsWith("\"\": unknown field"));
}

TEST(JsonRead, NumbersWithAFraction) {
  expect({{R"({"twofold":0.1})", R"({"twofold":0.1})"},
          {R"({"twofold":-2})", R"({"twofold":-2})"},
          {R"({"twofold":1e-400})", "{}"},
          {R"({"twofold":"0.5"})", R"({"twofold":0.5})"},
          {R"({"twofold":"NaN"})", R"({"twofold":"NaN"})"},
          {R"({"twofold":"-Infinity"})", R"({"twofold":"-Infinity"})"},
          {R"({"single":"Infinity"})", R"({"single":"Infinity"})"},
          {R"({"single":1.5})", R"({"single":1.5})"},
          {R"({"twofold":1e400})", "twofold: must be a number, not 1e400"},
          {R"({"single":1e39})", "single: must be a number, not 1e39"},
          {R"({"twofold":"nan"})", "twofold: must be a number, not \"nan\""},
          {R"({"twofold":"inf"})", "twofold: must be a number, not \"inf\""},
          {R"({"twofold":"-inf"})", "twofold: must be a number, not \"-inf\""},
          {R"({"twofold":"0x10"})", "twofold: must be a number, not \"0x10\""},
          {R"({"twofold":"1 "})", "twofold: must be a number, not \"1 \""},
          {R"({"twofold":false})", "twofold: must be a number, not false"},
          {R"({"twofolds":[1,{}]})", "twofolds[1]: must be a number, not an object"}});
}

TEST(JsonRead, TrueAndFalseAndNothingLikeThem) {
  expect({{R"({"oneTruth":false})", R"({"oneTruth":false})"},
          {R"({"truths":[true,false]})", R"({"truths":[true,false]})"},
          {R"({"truth":"true"})", "truth: must be true or false, not \"true\""},
          {R"({"truth":"yes"})", "truth: must be true or false, not \"yes\""},
          {R"({"truth":"1"})", "truth: must be true or false, not \"1\""},
          {R"({"truth":1})", "truth: must be true or false, not 1"},
          {R"({"truth":[]})", "truth: must be true or false, not a list"}});
}

TEST(JsonRead, TextsAreInQuotes) {
  expect({{R"({"someText":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀"})",
           R"({"someText":"\"\\/\b\f\n\r\té😀é😀"})"},
          {R"({"someText":"\u0000"})", R"({"someText":"\u0000"})"},
          {R"({"texts":["a","","a"]})", R"({"texts":["a","","a"]})"},
          {R"({"someText":5})", "someText: must be text in quotes, not 5"},
          {R"({"someText":true})", "someText: must be text in quotes, not true"},
          {R"({"someText":{}})", "someText: must be text in quotes, not an object"},
          {R"({"texts":["a",5]})", "texts[1]: must be text in quotes, not 5"},
          {R"({"texts":"a"})", "texts: must be a list, not \"a\""},
          {R"({"textOf":{"a":1}})", "textOf.a: must be text in quotes, not 1"},
          {R"({"textOf":{"a":{}}})", "textOf.a: must be text in quotes, not an object"},
          {R"({"textOf":{"a":["b"]}})", "textOf.a: must be text in quotes, not a list"}});
}

TEST(JsonRead, BytesAreBase64) {
  expect({{R"({"someBytes":"YQ=="})", R"({"someBytes":"YQ=="})"},
          {R"({"someBytes":"YQ"})", R"({"someBytes":"YQ=="})"},
          {R"({"someBytes":"-_8="})", R"({"someBytes":"+/8="})"},
          {R"({"someBytes":"+/8"})", R"({"someBytes":"+/8="})"},
          {R"({"someBytes":""})", "{}"},
          {R"({"allBytes":["YQ==","!"]})", "allBytes[1]: must be base64 in quotes, not \"!\""},
          {R"({"someBytes":"Y Q=="})", "someBytes: must be base64 in quotes, not \"Y Q==\""},
          {R"({"someBytes":"+_8="})", "someBytes: must be base64 in quotes, not \"+_8=\""},
          {R"({"someBytes":"Y"})", "someBytes: must be base64 in quotes, not \"Y\""},
          {R"({"someBytes":"YR=="})", "someBytes: must be base64 in quotes, not \"YR==\""},
          {R"({"someBytes":1})", "someBytes: must be base64 in quotes, not 1"}});
}

TEST(JsonRead, EnumsByNameInAnyCaseOrByNumber) {
  const std::string wrong = "must be RED, DARK_BLUE or NEGATIVE, not ";
  expect({{R"({"color":"RED"})", R"({"color":"RED"})"},
          {R"({"color":"dark_Blue"})", R"({"color":"DARK_BLUE"})"},
          {R"({"color":"color_unspecified"})", "{}"},
          {R"({"color":2})", R"({"color":"DARK_BLUE"})"},
          {R"({"color":-3})", R"({"color":"NEGATIVE"})"},
          {R"({"color":2.0})", R"({"color":"DARK_BLUE"})"},
          // Enums are open, as over gRPC: whoever gets the number judges it.
          {R"({"color":7})", R"({"color":7})"},
          {R"({"colors":["red",2]})", R"({"colors":["RED","DARK_BLUE"]})"},
          {R"({"colorOf":{"a":"RED"}})", R"({"colorOf":{"a":"RED"}})"},
          {R"({"color":"MAUVE"})", "color: " + wrong + "\"MAUVE\""},
          {R"({"color":""})", "color: " + wrong + "\"\""},
          {R"({"color":"2"})", "color: " + wrong + "\"2\""},
          {R"({"color":1.5})", "color: " + wrong + "1.5"},
          {R"({"color":2147483648})", "color: " + wrong + "2147483648"},
          {R"({"color":true})", "color: " + wrong + "true"},
          {R"({"color":{}})", "color: " + wrong + "an object"},
          {R"({"colors":["RED","x"]})", "colors[1]: " + wrong + "\"x\""},
          {R"({"colorOf":{"a":"x"}})", "colorOf.a: " + wrong + "\"x\""}});
}

TEST(JsonRead, TimesAndDurations) {
  const std::string time = "must be a time like 2027-01-01T00:00:00Z, not ";
  const std::string duration = "must be a duration like \"3600s\" or \"0.5s\", not ";
  expect(
      {{R"({"atTime":"2027-01-01T00:00:00Z"})", R"({"atTime":"2027-01-01T00:00:00Z"})"},
       {R"({"atTime":"2027-01-01T01:30:00.5+01:30"})", R"({"atTime":"2027-01-01T00:00:00.500Z"})"},
       {R"({"times":["2027-01-01T00:00:00Z"]})", R"({"times":["2027-01-01T00:00:00Z"]})"},
       {R"({"lasts":"90s"})", R"({"lasts":"90s"})"},
       {R"({"lasts":"-0.5s"})", R"({"lasts":"-0.500s"})"},
       {R"({"durationOf":{"a":"1s"}})", R"({"durationOf":{"a":"1s"}})"},
       {R"({"oneDuration":"0s"})", R"({"oneDuration":"0s"})"},
       {R"({"atTime":"tomorrow"})", "atTime: " + time + "\"tomorrow\""},
       {R"({"at_time":1798761600})", "at_time: " + time + "1798761600"},
       {R"({"atTime":{"seconds":1}})", "atTime: " + time + "an object"},
       {R"({"times":[[]]})", "times[0]: " + time + "a list"},
       {R"({"lasts":"1h"})", "lasts: " + duration + "\"1h\""},
       {R"({"lasts":3600})", "lasts: " + duration + "3600"},
       {R"({"lasts":{}})", "lasts: " + duration + "an object"},
       {R"({"durationOf":{"a":"1"}})", "durationOf.a: " + duration + "\"1\""}});
}

TEST(JsonRead, OneOfAOneof) {
  const std::string choice = "give one of oneText, oneChild, oneTruth or oneDuration";
  expect({{R"({"oneText":"","perS":1})", R"({"oneText":"","perS":1})"},
          {R"({"oneText":"a","oneTruth":true})", "oneTruth: oneText is given, too: " + choice},
          {R"({"one_text":"a","oneChild":{}})", "oneChild: one_text is given, too: " + choice},
          {R"({"oneChild":{"oneText":"a"},"oneDuration":"1s"})",
           "oneDuration: oneChild is given, too: " + choice},
          {R"({"perS":1,"per_color":"RED"})",
           "per_color: perS is given, too: give one of perS or perColor"},
          {R"({"children":[{"perS":1},{"per_s":0,"perColor":0}]})",
           "children[1].perColor: per_s is given, too: give one of perS or perColor"},
          {R"({"oneChild":{"oneChild":{"oneText":"a"}}})",
           R"({"oneChild":{"oneChild":{"oneText":"a"}}})"}});
}

TEST(JsonRead, ObjectsAndListsWhereTheyBelong) {
  expect({{R"({"child":{}})", R"({"child":{}})"},
          {R"({"children":[]})", "{}"},
          {R"({"children":[{},{"children":[{}]}]})", R"({"children":[{},{"children":[{}]}]})"},
          {R"({"childOf":{"a":{}}})", R"({"childOf":{"a":{}}})"},
          {R"({"child":"x"})", "child: must be an object, not \"x\""},
          {R"({"child":[]})", "child: must be an object, not a list"},
          {R"({"children":{}})", "children: must be a list, not an object"},
          {R"({"children":"x"})", "children: must be a list, not \"x\""},
          {R"({"children":[[]]})", "children[0]: must be an object, not a list"},
          {R"({"numbers":[[1]]})",
           "numbers[0]: must be a whole number from 0 to 4294967295, not a list"},
          {R"({"textOf":[1]})", "textOf: must be an object, not a list"},
          {R"({"textOf":"x"})", "textOf: must be an object, not \"x\""},
          {R"({"childOf":{"a":[]}})", "childOf.a: must be an object, not a list"},
          {"[]", "must be a JSON object: { ... }"},
          {"null", "must be a JSON object: { ... }"},
          {"\"{}\"", "must be a JSON object: { ... }"},
          {"7", "must be a JSON object: { ... }"}});
}

TEST(JsonRead, DepthIsBounded) {
  const auto nested = [](size_t levels) {
    std::string json;
    for (size_t i = 1; i < levels; ++i) json += "{\"child\":";
    return json + "{}" + std::string(levels - 1, '}');
  };
  EXPECT_EQ(outcome(nested(limits::json_depth_max)), nested(limits::json_depth_max));
  EXPECT_EQ(outcome(nested(limits::json_depth_max + 1)), "is nested too deep: at most 32 levels");
  const std::string unknown = "{\"x\":" + std::string(60'000, '[');
  EXPECT_EQ(outcome(unknown, UnknownFields::skip), "is nested too deep: at most 32 levels");
}

TEST(JsonRead, TheMessageIsReplaced) {
  v1::SendRequest request;
  request.set_tag("before");
  request.set_label("before");
  EXPECT_EQ(outcome(R"({"device":"d"})", request), R"({"device":"d"})");
}

TEST(JsonRead, TheApisOwnWords) {
  v1::SendRequest send;
  const std::string target = "give one of devices, device, tag, everyone, alias or audience";
  EXPECT_EQ(outcome(R"({"tag":"a","everyone":true})", send),
            "everyone: tag is given, too: " + target);
  EXPECT_EQ(outcome(R"({"priority":"no"})", send),
            "priority: must be LOW, NORMAL, HIGH or ALERT, not \"no\"");
  EXPECT_EQ(
      outcome(R"({"platforms":{"ios":{"notification":{"badge":-1}}}})", send),
      "platforms.ios.notification.badge: must be a whole number from 0 to 4294967295, not -1");
  v1::SendBatchRequest batch;
  EXPECT_EQ(outcome(R"({"messages":[{},{},{"notification":{"title":5}}]})", batch),
            "messages[2].notification.title: must be text in quotes, not 5");
}

TEST(JsonRead, FaultsOfHostileTextsAreShortAndValid) {
  const std::string long_text(60'000, 'v');
  std::string many_keys;
  for (int i = 0; i < 8'000; ++i) many_keys += fmt::format("\"{:x}\":\"\",", i);
  for (const std::string& json :
       {fmt::format(R"({{"{}":1}})", long_text), fmt::format(R"({{"truth":"{}"}})", long_text),
        fmt::format(R"({{"maybe":-{}}})", std::string(60'000, '9')),
        fmt::format(R"({{"textOf":{{"{0}":"","{0}":""}}}})", long_text),
        fmt::format(R"({{"textOf":{{{}"0":""}}}})", many_keys),
        fmt::format("{{\"truth\" {}}}", long_text), std::string(60'000, '['),
        std::string(60'000, '"'), std::string("{\"\xc3\":1}"), std::string("\xff\xfe"),
        std::string("{\"a\0b\":1}", 9), std::string("{}\0", 3),
        std::string(R"({"\u0001\n\u007f":1})"), fmt::format(R"({{"{}é":1}})", std::string(79, 'n')),
        fmt::format(R"({{"truth" "{}é"}})", std::string(19, 'n'))}) {
    const std::string text = outcome(json);
    EXPECT_FALSE(text.starts_with('{')) << text;
    EXPECT_LT(text.size(), 300u);
    EXPECT_TRUE(wire::is_utf8(as_bytes(text))) << text;
    EXPECT_EQ(text.find_first_of("\n\r\x7f"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace tocsin::json
