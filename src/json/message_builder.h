// MessageBuilder: a protobuf message out of the events of a JSON parser, by protobuf's mapping.
//
// The parser knows what JSON is, this knows what the message is. What is being filled is a stack of
// frames, one for each bracket that is open:
//
//   {"messages": [{"data": {"color": "red"}}]}
//   object SendBatchRequest .messages
//     list                  [0]
//       object SendRequest  .data
//         map               .color
//
// so a fault's path is read off the stack, and nothing is noted while all is well.
//
// Thread: one owner.  Bound: the parser's depth; besides the message, a byte for each field of the
// messages that are open and a view of each key of the maps that are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "json/fault.h"
#include "json/field_table.h"
#include "json/read.h"
#include "json/scalar.h"

namespace google::protobuf {
class Message;
}

namespace tocsin::json {

class MessageBuilder {
 public:
  // `root` is empty, and outlives this.
  MessageBuilder(google::protobuf::Message& root, UnknownFields unknown);

  // The events, in the order of the text; a name comes before its value. False: fault() says what
  // is wrong, and nothing else may be called. Texts are unescaped and valid UTF-8.
  bool begin_object();
  bool end_object();
  bool begin_list();
  bool end_list();
  bool name(std::string_view name);
  bool value(const Scalar& value);

  const JsonFault& fault() const { return fault_; }

 private:
  using Field = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Message;

  struct Frame {
    enum class Kind { object, list, map };
    Kind kind;
    Message* message;                    // of an object; around a list or a map
    const FieldTable* table = nullptr;   // of an object
    const Field* field = nullptr;        // the list or map; of an object, the last one named
    Spelling spelling = Spelling::none;  // of that name
    Message* entry = nullptr;            // of a map, the last one
    std::string_view key = {};           // of that entry
    size_t elements = 0;                 // of a list, begun
    size_t given = 0;                    // where its part of given_ or keys_ begins
  };
  // Where the next value goes.
  struct Slot {
    Message* message;
    const Field* field;
    bool in_collection;  // a list or a map: null is no value then
    bool takes_list() const;
    bool takes_map() const;
  };

  // Whether the value that comes belongs to a field nobody knows.
  bool is_skipped() const;
  Slot next_slot();
  void push_object(Message& message);
  bool name_field(Frame& frame, std::string_view name);
  void name_entry(Frame& frame, std::string_view key);
  bool has_no_key_twice(Frame& map);
  // A value that is not null comes for `slot`: whether its oneof is still free.
  bool claim_oneof(const Slot& slot);
  std::string_view given_name(const Frame& frame, const Field& field) const;

  std::string path() const;
  bool fail(std::string text);
  bool fail_at(std::string path, std::string text);
  bool fail_value(const Slot& slot, const std::string& found);

  Message& root_;
  UnknownFields unknown_;
  std::vector<Frame> frames_;
  size_t skipped_depth_ = 0;            // brackets open in a value that is skipped
  std::vector<Spelling> given_;         // of the open objects: how each field's name was spelled
  std::vector<std::string_view> keys_;  // of the open maps
  JsonFault fault_;
};

}  // namespace tocsin::json
