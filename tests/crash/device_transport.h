// DeviceTransport: the POSIX port of the device library, with a tap on what comes in, for a server
// whose port changes at every start.
//
// Thread: the fleet's.
#pragma once

#include <string>
#include <tocsin_posix.h>

#include "tests/crash/wire_tap.h"

namespace tocsin::crash {

class DeviceTransport {
 public:
  // Connects to `gateway`, "host:port", trusting `ca_file`.
  DeviceTransport(std::string gateway, std::string ca_file, WireTap tap);
  ~DeviceTransport();
  DeviceTransport(const DeviceTransport&) = delete;
  DeviceTransport& operator=(const DeviceTransport&) = delete;

  // The next open() goes there.
  void set_gateway(std::string gateway) { gateway_ = std::move(gateway); }
  const tocsin_transport* table() const { return &table_; }
  // As tocsin_posix_fd().
  int fd(short* events) const;
  // What the server sent was no frame, at least once.
  bool was_garbled() const { return was_garbled_; }

 private:
  static DeviceTransport& self(void* context) { return *static_cast<DeviceTransport*>(context); }
  const tocsin_transport* port() const { return tocsin_posix_transport(port_); }
  tocsin_status open(uint32_t attempt);
  tocsin_status connect_port();
  tocsin_status receive(uint8_t* bytes, size_t size, size_t* received);

  std::string gateway_;
  std::string port_gateway_;  // of port_
  const std::string ca_file_;
  WireTap tap_;
  tocsin_posix* port_ = nullptr;
  tocsin_transport table_{};
  bool was_garbled_ = false;
};

}  // namespace tocsin::crash
