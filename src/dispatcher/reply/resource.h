// Names of API resources: "apps/demo/messages/0123456789abcdef", and days as they are shown.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"

namespace tocsin::dispatcher {

std::string app_resource(const std::string& app);
std::string message_resource(const std::string& app, MessageId message);
std::string device_resource(const std::string& app, const DeviceId& device);

// "2026-11-22" for a day counted from 1970-01-01 UTC.
std::string date_of_day(uint32_t day);

}  // namespace tocsin::dispatcher
