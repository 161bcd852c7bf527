// Reader and writer beside protobuf's own: what ours reads, protobuf reads as the same message; what
// to_json() writes is what protobuf writes, and is read back.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "base/prng.h"
#include "every_kind.pb.h"
#include "json/read.h"
#include "json/to_json.h"
#include "tocsin/v1/admin.pb.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/audience.pb.h"
#include "tocsin/v1/devices.pb.h"
#include "tocsin/v1/error.pb.h"
#include "tocsin/v1/push.pb.h"
#include "tocsin/v1/reports.pb.h"
#include "tocsin/v1/schedules.pb.h"
#include "tocsin/v1/webhooks.pb.h"

namespace tocsin::json {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Duration;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using google::protobuf::util::MessageDifferencer;

std::vector<const Descriptor*> types_of_the_api() {
  std::vector<const Descriptor*> types;
  for (const auto* file :
       {v1::Backup::descriptor()->file(), v1::App::descriptor()->file(),
        v1::AudienceCount::descriptor()->file(), v1::Device::descriptor()->file(),
        v1::ErrorResponse::descriptor()->file(), v1::SendRequest::descriptor()->file(),
        v1::Totals::descriptor()->file(), v1::Schedule::descriptor()->file(),
        v1::Webhook::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) types.push_back(file->message_type(i));
  }
  return types;
}

// Fills messages at random.
class Filler {
 public:
  // Of a map at most `entries_max`.
  explicit Filler(uint64_t seed, uint64_t entries_max = 3)
      : prng_(seed), entries_max_(entries_max) {}

  void fill(Message& message, int depth) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (field.is_map()) {
        fill_map(message, field, depth);
        continue;
      }
      for (uint64_t n = prng_.below(field.is_repeated() ? 4 : 2); n > 0; --n) {
        fill_field(message, field, depth);
      }
    }
  }

 private:
  void fill_map(Message& message, const FieldDescriptor& field, int depth) {
    for (uint64_t n = prng_.below(entries_max_ + 1); n > 0; --n) {
      Message& entry = *message.GetReflection()->AddMessage(&message, &field);
      const FieldDescriptor& key = *field.message_type()->map_key();
      entry.GetReflection()->SetString(&entry, &key, fmt::format("{}{}", text(), n));
      fill_field(entry, *field.message_type()->map_value(), depth);
    }
  }

  void fill_field(Message& message, const FieldDescriptor& field, int depth) {
    const Reflection& at = *message.GetReflection();
    const bool many = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return (at.*(many ? &Reflection::AddInt32 : &Reflection::SetInt32))(
            &message, &field, static_cast<int32_t>(number()));
      case FieldDescriptor::CPPTYPE_INT64:
        return (at.*(many ? &Reflection::AddInt64 : &Reflection::SetInt64))(
            &message, &field, static_cast<int64_t>(number()));
      case FieldDescriptor::CPPTYPE_UINT32:
        return (at.*(many ? &Reflection::AddUInt32 : &Reflection::SetUInt32))(
            &message, &field, static_cast<uint32_t>(number()));
      case FieldDescriptor::CPPTYPE_UINT64:
        return (at.*(many ? &Reflection::AddUInt64 : &Reflection::SetUInt64))(&message, &field,
                                                                              number());
      case FieldDescriptor::CPPTYPE_FLOAT:
        return (at.*(many ? &Reflection::AddFloat : &Reflection::SetFloat))(
            &message, &field, static_cast<float>(fraction()));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return (at.*(many ? &Reflection::AddDouble : &Reflection::SetDouble))(&message, &field,
                                                                              fraction());
      case FieldDescriptor::CPPTYPE_BOOL:
        return (at.*(many ? &Reflection::AddBool : &Reflection::SetBool))(&message, &field,
                                                                          prng_.below(2) == 1);
      case FieldDescriptor::CPPTYPE_ENUM:
        return (at.*(many ? &Reflection::AddEnumValue : &Reflection::SetEnumValue))(
            &message, &field, static_cast<int>(prng_.below(9)));
      case FieldDescriptor::CPPTYPE_STRING:
        return (at.*(many ? &Reflection::AddString : &Reflection::SetString))(&message, &field,
                                                                              text());
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return fill_message(message, field, depth);
    }
  }

  void fill_message(Message& message, const FieldDescriptor& field, int depth) {
    if (depth == 0) return;
    const Reflection& at = *message.GetReflection();
    Message& child = field.is_repeated() ? *at.AddMessage(&message, &field)
                                         : *at.MutableMessage(&message, &field);
    if (auto* time = dynamic_cast<Timestamp*>(&child)) {
      time->set_seconds(static_cast<int64_t>(prng_.below(315'537'897'600)) - 62'135'596'800);
      time->set_nanos(static_cast<int32_t>(prng_.below(1'000'000'000)));
    } else if (auto* duration = dynamic_cast<Duration*>(&child)) {
      const int sign = prng_.below(2) == 0 ? 1 : -1;
      duration->set_seconds(sign * static_cast<int64_t>(prng_.below(315'576'000'000)));
      duration->set_nanos(sign * static_cast<int32_t>(prng_.below(1'000'000'000)));
    } else {
      fill(child, depth - 1);
    }
  }

  uint64_t number() {
    const uint64_t edges[] = {0, 1, UINT32_MAX, uint64_t{1} << 53, INT64_MAX, UINT64_MAX};
    return prng_.below(2) == 0 ? edges[prng_.below(std::size(edges))] : prng_.next();
  }

  double fraction() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double edges[] = {0, -0.0, 0.1, 1e-300, 1e300, infinity, -infinity};
    return edges[prng_.below(std::size(edges))];
  }

  std::string text() {
    const std::string pieces[] = {"",     "a",    "é",
                                  "😀",    "\"",   "\\",
                                  "/",    "\n",   "\x01",
                                  "\x7f", "<>",   std::string(1, '\0'),
                                  "2027", "true", std::string(70, 'x')};
    std::string out;
    for (uint64_t n = prng_.below(4); n > 0; --n) out += pieces[prng_.below(std::size(pieces))];
    return out;
  }

  Prng prng_;
  const uint64_t entries_max_;
};

std::unique_ptr<Message> new_message(const Descriptor& type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

void expect_read_back(const Message& message, Zeros zeros, uint64_t seed) {
  const std::string json = to_json(message, zeros);
  const std::unique_ptr<Message> again(message.New());
  const auto fault = read(json, *again, UnknownFields::refuse);
  ASSERT_FALSE(fault) << "seed " << seed << " " << fault->path << ": " << fault->text << " "
                      << json;
  EXPECT_TRUE(MessageDifferencer::Equals(message, *again)) << "seed " << seed << " " << json;
}

TEST(JsonReadLikeProtobuf, MessagesAreReadBackAsTheyWere) {
  const auto types = types_of_the_api();
  ASSERT_GT(types.size(), 60u);
  for (uint64_t seed = 1; seed <= 1'000; ++seed) {
    const auto message = new_message(*types[seed % types.size()]);
    Filler(seed).fill(*message, 3);
    expect_read_back(*message, seed % 2 == 0 ? Zeros::keep : Zeros::omit, seed);
    test::EveryKind every;
    Filler(seed).fill(every, 2);
    expect_read_back(every, seed % 2 == 0 ? Zeros::keep : Zeros::omit, seed);
    if (HasFailure()) return;
  }
}

std::string written_by_protobuf(const Message& message, Zeros zeros) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = zeros == Zeros::keep;
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return json + "\n";
}

// But for the order of fields, where zeros are kept: protobuf puts times last.
std::string in_any_order(std::string json, Zeros zeros) {
  if (zeros == Zeros::keep) std::sort(json.begin(), json.end());
  return json;
}

// Of a map with several entries protobuf's order is by chance.
TEST(JsonWriteLikeProtobuf, MessagesAreTheSameText) {
  const auto types = types_of_the_api();
  for (uint64_t seed = 1; seed <= 1'000; ++seed) {
    const Zeros zeros = seed % 2 == 0 ? Zeros::keep : Zeros::omit;
    const auto message = new_message(*types[seed % types.size()]);
    Filler(seed, 1).fill(*message, 3);
    EXPECT_EQ(in_any_order(to_json(*message, zeros), zeros),
              in_any_order(written_by_protobuf(*message, zeros), zeros))
        << seed;
    test::EveryKind every;
    Filler(seed, 1).fill(every, 2);
    EXPECT_EQ(in_any_order(to_json(every, zeros), zeros),
              in_any_order(written_by_protobuf(every, zeros), zeros))
        << seed;
    if (HasFailure()) return;
  }
}

TEST(JsonWriteLikeProtobuf, EveryCharacterIsTheSame) {
  test::EveryKind every;
  for (uint32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    std::string& text = *every.mutable_some_text();
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
    } else if (code < 0x10000) {
      text += {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
               static_cast<char>(0x80 | (code & 0x3f))};
    } else {
      text +=
          {static_cast<char>(0xf0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3f)),
           static_cast<char>(0x80 | (code >> 6 & 0x3f)), static_cast<char>(0x80 | (code & 0x3f))};
    }
    if (code % 0x100 != 0xff) continue;
    ASSERT_EQ(to_json(every, Zeros::omit), written_by_protobuf(every, Zeros::omit))
        << "below " << code;
    every.Clear();
  }
}

TEST(JsonWriteLikeProtobuf, NumbersAreTheSame) {
  Prng prng(7);
  test::EveryKind every;
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t bits = prng.next();
    double twofold = 0;
    std::memcpy(&twofold, &bits, sizeof twofold);
    float single = 0;
    std::memcpy(&single, &bits, sizeof single);
    every.set_twofold(i % 2 == 0 ? twofold : static_cast<double>(prng.below(1'000'000)) / 1000);
    // Of those closest to 0 protobuf writes more digits than it takes.
    if (std::fpclassify(single) != FP_SUBNORMAL) every.set_single(single);
    ASSERT_EQ(to_json(every, Zeros::omit), written_by_protobuf(every, Zeros::omit));
  }
}

TEST(JsonWrite, WhatHasNoJsonIsRefused) {
  test::EveryKind every;
  every.set_some_text("\xff");
  EXPECT_FALSE(try_to_json(every, Zeros::omit).ok());
  every.clear_some_text();
  every.mutable_at_time()->set_seconds(int64_t{1} << 50);
  EXPECT_FALSE(try_to_json(every, Zeros::omit).ok());
  every.clear_at_time();
  every.mutable_lasts()->set_nanos(-1'000'000'000);
  EXPECT_FALSE(try_to_json(every, Zeros::omit).ok());
}

TEST(JsonWrite, EntriesOfAMapAreInTheOrderOfTheirKeys) {
  test::EveryKind every;
  for (const char* key : {"b", "a", "c", ""}) (*every.mutable_number_of())[key] = 1;
  EXPECT_EQ(to_json(every, Zeros::omit),
            "{\"numberOf\":{\"\":\"1\",\"a\":\"1\",\"b\":\"1\",\"c\":\"1\"}}\n");
}

// Valid, and spelled otherwise than to_json() would.
TEST(JsonReadLikeProtobuf, TheSameMessageComesOutOfTheSameText) {
  for (const std::string json :
       {R"({})", R"( { "truth" : true , "someText" : "a" } )",
        R"({"some_text":"\u00e9\ud83d\ude00"})",
        R"({"maybe":1.0,"signed_64":"-5","unsigned64":1e3,"signed32":-2.50e1})",
        R"({"twofold":"0.5","single":1E-3,"twofolds":[1,"NaN","-Infinity",-0.0]})",
        R"({"color":"dark_blue","colors":[1,"RED",-3,77]})", R"({"color":2.0})",
        R"({"someBytes":"-_8","allBytes":["YQ","YWI=",""]})",
        R"({"atTime":"2027-01-01T00:00:00.123+05:30","times":["0001-01-01T00:00:00Z"]})",
        R"({"lasts":"-315576000000s","durationOf":{"a":"0.000000001s"}})",
        R"({"textOf":{"":"","a":"b"},"childOf":{"x":{"childOf":{"y":{}}}}})",
        R"({"child":null,"numbers":null,"oneText":null,"oneTruth":false})",
        R"({"children":[{"truth":true},{},{"children":[{"numbers":[1,"2",3.0]}]}]})",
        R"({"oneChild":{"oneDuration":"1s"},"perS":0})"}) {
    test::EveryKind ours;
    test::EveryKind theirs;
    const auto fault = read(json, ours, UnknownFields::refuse);
    EXPECT_FALSE(fault) << fault->path << ": " << fault->text << " " << json;
    google::protobuf::util::JsonParseOptions options;
    options.case_insensitive_enum_parsing = true;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &theirs, options).ok()) << json;
    EXPECT_EQ(ours.DebugString(), theirs.DebugString()) << json;
  }
}

}  // namespace
}  // namespace tocsin::json
