#include "json/field_table.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <unordered_map>

#include <google/protobuf/descriptor.h>

#include "base/check.h"
#include "base/nearest_name.h"
#include "json/scalar.h"

namespace tocsin::json {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void check_is_known(const FieldDescriptor& field) {
  TOCSIN_CHECK(field.type() != FieldDescriptor::TYPE_GROUP);
  if (field.is_map()) {
    const FieldDescriptor& key = *field.message_type()->map_key();
    TOCSIN_CHECK(key.cpp_type() == FieldDescriptor::CPPTYPE_STRING);
  }
  const bool is_googles = field.message_type() != nullptr &&
                          field.message_type()->file()->package() == "google.protobuf";
  TOCSIN_CHECK(!is_googles || is_scalar(field));
}

bool is_before(const FieldTable::Entry& entry, std::string_view name) { return entry.name < name; }

}  // namespace

std::string_view name_of(const FieldDescriptor& field, Spelling spelling) {
  return spelling == Spelling::snake ? field.name() : field.json_name();
}

FieldTable::FieldTable(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    check_is_known(field);
    entries_.push_back({field.json_name(), &field, Spelling::camel});
    if (field.name() == field.json_name()) continue;
    entries_.push_back({field.name(), &field, Spelling::snake});
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
}

const FieldTable::Entry* FieldTable::find(std::string_view name) const {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), name, is_before);
  return at != entries_.end() && at->name == name ? &*at : nullptr;
}

std::string FieldTable::unknown(std::string_view name) const {
  std::vector<std::string_view> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  const std::string_view meant = nearest_name(names, name);
  return meant.empty() ? "check its spelling" : fmt::format("did you mean \"{}\"?", meant);
}

const FieldTable& fields_of(const Descriptor& type) {
  thread_local std::unordered_map<const Descriptor*, std::unique_ptr<const FieldTable>> tables;
  std::unique_ptr<const FieldTable>& table = tables[&type];
  if (table == nullptr) table = std::make_unique<const FieldTable>(type);
  return *table;
}

}  // namespace tocsin::json
