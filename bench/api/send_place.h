// SendPlace: where an app server sends, and with which key.
//
// Thread: a value.
#pragma once

#include <cstddef>
#include <string>

namespace tocsin::api {

struct SendPlace {
  std::string rest_url;      // "https://127.0.0.1:1"
  std::string grpc_address;  // "127.0.0.1:1"; empty: it speaks no gRPC
  std::string ca_pem;
  std::string app;
  std::string send_key;
  size_t payload_bytes = 0;  // of the one data entry of a message
};

}  // namespace tocsin::api
