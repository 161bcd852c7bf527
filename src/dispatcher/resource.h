// Names and times of API resources: "apps/demo/messages/0123456789abcdef", RFC 3339 timestamps.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"

namespace google::protobuf {
class Timestamp;
}

namespace tocsin::dispatcher {

std::string app_resource(const std::string& app);
std::string message_resource(const std::string& app, MessageId message);
std::string device_resource(const std::string& app, const DeviceId& device);

// "2026-11-22" of a day counted from 1970-01-01 UTC.
std::string date_of_day(uint32_t day);

// `wall_ms` since 1970 UTC.
void set_time(google::protobuf::Timestamp& to, uint64_t wall_ms);
// The other way; 0 for what was before 1970; the last of the year 9999 for what comes behind it.
uint64_t ms_of(const google::protobuf::Timestamp& time);

}  // namespace tocsin::dispatcher
