#include "json/message_builder.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "json/alternatives.h"
#include "json/quotable.h"

namespace tocsin::json {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;

constexpr size_t frames_usual = 8;
constexpr char root_expected[] = "must be a JSON object: { ... }";

// A name that somebody chose, in a path.
std::string key_text(std::string_view name) { return name.empty() ? "\"\"" : quotable(name); }

// "perS and over"; "devices, device, tag or audience".
std::string names_of(const OneofDescriptor& oneof) {
  std::vector<std::string_view> names;
  for (int i = 0; i < oneof.field_count(); ++i) names.push_back(oneof.field(i)->json_name());
  return alternatives(names);
}

}  // namespace

MessageBuilder::MessageBuilder(Message& root, UnknownFields unknown)
    : root_(root), unknown_(unknown) {
  frames_.reserve(frames_usual);
}

bool MessageBuilder::Slot::takes_list() const {
  return field->is_repeated() && !field->is_map() && !in_collection;
}
bool MessageBuilder::Slot::takes_map() const { return field->is_map() && !in_collection; }

bool MessageBuilder::is_skipped() const {
  return skipped_depth_ > 0 || (!frames_.empty() && frames_.back().kind == Frame::Kind::object &&
                                frames_.back().field == nullptr);
}

MessageBuilder::Slot MessageBuilder::next_slot() {
  Frame& frame = frames_.back();
  switch (frame.kind) {
    case Frame::Kind::object:
      return {frame.message, frame.field, false};
    case Frame::Kind::list:
      ++frame.elements;
      return {frame.message, frame.field, true};
    case Frame::Kind::map:
      break;
  }
  return {frame.entry, frame.field->message_type()->map_value(), true};
}

void MessageBuilder::push_object(Message& message) {
  const FieldTable& table = fields_of(*message.GetDescriptor());
  frames_.push_back(
      {.kind = Frame::Kind::object, .message = &message, .table = &table, .given = given_.size()});
  given_.resize(given_.size() + static_cast<size_t>(message.GetDescriptor()->field_count()));
}

bool MessageBuilder::begin_object() {
  if (is_skipped()) {
    ++skipped_depth_;
    return true;
  }
  if (frames_.empty()) {
    push_object(root_);
    return true;
  }
  const Slot slot = next_slot();
  if (slot.takes_map()) {
    frames_.push_back({.kind = Frame::Kind::map,
                       .message = slot.message,
                       .field = slot.field,
                       .given = keys_.size()});
    return true;
  }
  if (slot.takes_list() || is_scalar(*slot.field)) return fail_value(slot, "an object");
  if (!claim_oneof(slot)) return false;
  const auto* reflection = slot.message->GetReflection();
  push_object(slot.field->is_repeated() ? *reflection->AddMessage(slot.message, slot.field)
                                        : *reflection->MutableMessage(slot.message, slot.field));
  return true;
}

bool MessageBuilder::end_object() {
  if (skipped_depth_ > 0) {
    --skipped_depth_;
    return true;
  }
  Frame& frame = frames_.back();
  if (frame.kind == Frame::Kind::map) {
    if (!has_no_key_twice(frame)) return false;
    keys_.resize(frame.given);
  } else {
    given_.resize(frame.given);
  }
  frames_.pop_back();
  return true;
}

bool MessageBuilder::begin_list() {
  if (is_skipped()) {
    ++skipped_depth_;
    return true;
  }
  if (frames_.empty()) return fail(root_expected);
  const Slot slot = next_slot();
  if (!slot.takes_list()) return fail_value(slot, "a list");
  frames_.push_back({.kind = Frame::Kind::list, .message = slot.message, .field = slot.field});
  return true;
}

bool MessageBuilder::end_list() {
  skipped_depth_ > 0 ? void(--skipped_depth_) : frames_.pop_back();
  return true;
}

bool MessageBuilder::name(std::string_view name) {
  if (skipped_depth_ > 0) return true;
  Frame& frame = frames_.back();
  if (frame.kind == Frame::Kind::object) return name_field(frame, name);
  name_entry(frame, name);
  return true;
}

bool MessageBuilder::name_field(Frame& frame, std::string_view name) {
  frame.field = nullptr;
  const FieldTable::Entry* entry = frame.table->find(name);
  if (entry == nullptr) {
    if (unknown_ == UnknownFields::skip) return true;
    const std::string around = path();
    return fail_at(fmt::format("{}{}{}", around, around.empty() ? "" : ".", key_text(name)),
                   fmt::format("unknown field: {}", frame.table->unknown(name)));
  }
  frame.field = entry->field;
  frame.spelling = entry->spelling;
  Spelling& given = given_[frame.given + static_cast<size_t>(entry->field->index())];
  if (given == Spelling::none) {
    given = entry->spelling;
    return true;
  }
  return fail(given == entry->spelling
                  ? "is given twice"
                  : fmt::format("is given twice, also as {}", name_of(*entry->field, given)));
}

void MessageBuilder::name_entry(Frame& frame, std::string_view key) {
  const FieldDescriptor* field = frame.field->message_type()->map_key();
  frame.entry = frame.message->GetReflection()->AddMessage(frame.message, frame.field);
  const auto* reflection = frame.entry->GetReflection();
  reflection->SetString(frame.entry, field, std::string(key));
  // Entries stay where they are while more are added.
  frame.key = reflection->GetStringReference(*frame.entry, field, nullptr);
  keys_.push_back(frame.key);
}

bool MessageBuilder::has_no_key_twice(Frame& map) {
  const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(map.given);
  std::sort(begin, keys_.end());
  const auto twice = std::adjacent_find(begin, keys_.end());
  if (twice == keys_.end()) return true;
  map.key = *twice;
  return fail("is given twice");
}

bool MessageBuilder::claim_oneof(const Slot& slot) {
  const OneofDescriptor* oneof = slot.field->real_containing_oneof();
  if (oneof == nullptr) return true;
  const auto* reflection = slot.message->GetReflection();
  const FieldDescriptor* taken = reflection->GetOneofFieldDescriptor(*slot.message, oneof);
  if (taken == nullptr) return true;
  const Frame& frame = frames_.back();
  return fail(
      fmt::format("{} is given, too: give one of {}", given_name(frame, *taken), names_of(*oneof)));
}

std::string_view MessageBuilder::given_name(const Frame& frame,
                                            const FieldDescriptor& field) const {
  return name_of(field, given_[frame.given + static_cast<size_t>(field.index())]);
}

bool MessageBuilder::value(const Scalar& value) {
  if (is_skipped()) return true;
  if (frames_.empty()) return fail(root_expected);
  const Slot slot = next_slot();
  if (value.kind == Scalar::Kind::null) {
    return !slot.in_collection || fail_value(slot, "null");
  }
  if (slot.takes_list() || !is_scalar(*slot.field)) return fail_value(slot, shown(value));
  if (!claim_oneof(slot)) return false;
  if (set_scalar(*slot.message, *slot.field, value)) return true;
  const bool is_new_name =
      slot.field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM && value.kind == Scalar::Kind::text;
  if (is_new_name && unknown_ == UnknownFields::skip) return true;
  return fail_value(slot, shown(value));
}

std::string MessageBuilder::path() const {
  std::string path;
  for (const Frame& frame : frames_) {
    if (frame.kind == Frame::Kind::list) {
      path += fmt::format("[{}]", frame.elements - 1);
      continue;
    }
    const bool is_map = frame.kind == Frame::Kind::map;
    if (!is_map && frame.field == nullptr) continue;
    if (!path.empty()) path += '.';
    path += is_map ? key_text(frame.key) : std::string(name_of(*frame.field, frame.spelling));
  }
  return path;
}

bool MessageBuilder::fail(std::string text) { return fail_at(path(), std::move(text)); }

bool MessageBuilder::fail_at(std::string path, std::string text) {
  fault_ = {std::move(path), std::move(text)};
  return false;
}

bool MessageBuilder::fail_value(const Slot& slot, const std::string& found) {
  const std::string expected = slot.takes_list() ? "a list" : expected_of(*slot.field);
  return fail(fmt::format("must be {}, not {}", expected, found));
}

}  // namespace tocsin::json
