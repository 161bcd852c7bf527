// A protobuf message out of a JSON text: strict, in one pass, with errors for people.
//
// Why not protobuf's own reader: it takes what is not JSON (single quotes, bare names, commas at
// the end), lets a second value of one field win, and says what is wrong in words for C++.
//
//   grammar   RFC 8259 and nothing beside it; UTF-8, surrogates in pairs
//   names     "sendTime" or "send_time", each once; unknown ones are refused, or skipped
//   null      a field left out; not a value in a list or a map
//   numbers   a whole one may be written 1.0, 1e3 or "1"; 64 bits are exact; ranges are checked
//   enums     by name in any case, or by number
//   bytes     base64 of either alphabet; times: RFC 3339; durations: "0.5s"
//
// Thread: pure function.  Bound: limits::json_depth_max; memory of the message, whose size is that
// of the text.
#pragma once

#include <optional>
#include <string_view>

#include "json/fault.h"

namespace google::protobuf {
class Message;
}

namespace tocsin::json {

// Fields that the message does not have, and names that an enum does not: an error in what a person
// wrote, to be skipped in what a newer server answers.
enum class UnknownFields { refuse, skip };

// Replace `message` by what `json` says. nullopt when all is right; else the first thing that is
// wrong, and `message` is of no use. Requires a type that FieldTable knows.
std::optional<JsonFault> read(std::string_view json, google::protobuf::Message& message,
                              UnknownFields unknown);

}  // namespace tocsin::json
