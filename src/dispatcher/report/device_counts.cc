#include "dispatcher/report/device_counts.h"

#include <string>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "base/check.h"
#include "cluster/delivery_states.h"

namespace tocsin::dispatcher {
namespace {

void add(uint64_t devices, std::string_view name, google::protobuf::Message& to) {
  const auto* field = to.GetDescriptor()->FindFieldByName(std::string(name));
  TOCSIN_CHECK(field != nullptr);
  const auto* reflection = to.GetReflection();
  reflection->SetUInt64(&to, field, reflection->GetUInt64(to, field) + devices);
}

void add_all(const cluster::Books& books, google::protobuf::Message& to) {
  for (const auto& row : cluster::delivery_states) {
    add(books.devices(row.state), row.is_drop ? "dropped" : row.name, to);
  }
}

}  // namespace

uint64_t dropped(const cluster::Books& books) {
  uint64_t devices = 0;
  for (const auto& row : cluster::delivery_states) {
    if (row.is_drop) devices += books.devices(row.state);
  }
  return devices;
}

void add_devices(const cluster::Books& books, v1::MessageReport& to) { add_all(books, to); }
void add_devices(const cluster::Books& books, v1::Totals& to) { add_all(books, to); }

void add_drops(const cluster::Books& books, v1::MessageReport::Dropped& to) {
  for (const auto& row : cluster::delivery_states) {
    if (row.is_drop) add(books.devices(row.state), row.name, to);
  }
}

}  // namespace tocsin::dispatcher
