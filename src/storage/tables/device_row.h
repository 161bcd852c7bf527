// The row of a device: its attributes by name.
//
// Thread: pure functions.
#pragma once

#include <cstddef>
#include <string>

#include "storage/store/attribute.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// The field of the row that holds the attribute.
std::string* field_of(internal::DeviceRow& row, Attribute attribute);
const std::string& value_of(const internal::DeviceRow& row, Attribute attribute);

// Longest value of an attribute, bytes.
size_t value_bytes_max(Attribute attribute);

}  // namespace tocsin::storage
