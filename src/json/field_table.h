// FieldTable: the fields of a message by their names in JSON, "sendTime" and "send_time" alike.
//
// Thread: a table belongs to the thread that asked for it.  Bound: the schema.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace tocsin::json {

enum class Spelling : uint8_t { none, camel, snake };

// `field`'s name so spelled. Requires that `spelling` is not none.
std::string_view name_of(const google::protobuf::FieldDescriptor& field, Spelling spelling);

class FieldTable {
 public:
  struct Entry {
    std::string_view name;
    const google::protobuf::FieldDescriptor* field;
    Spelling spelling;
  };

  // Requires that `type` has nothing that set_scalar() and MessageBuilder do not know, such as
  // google.protobuf.Any, groups, or maps with keys other than text.
  explicit FieldTable(const google::protobuf::Descriptor& type);

  // nullptr when no field is called so.
  const Entry* find(std::string_view name) const;
  // What is wrong with `name`, which no field has, in a few words.
  std::string unknown(std::string_view name) const;

 private:
  std::vector<Entry> entries_;  // by name
};

// The table of `type`, made at the first call of the thread, and there until its end.
const FieldTable& fields_of(const google::protobuf::Descriptor& type);

}  // namespace tocsin::json
