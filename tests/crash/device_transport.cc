#include "tests/crash/device_transport.h"

namespace tocsin::crash {

DeviceTransport::DeviceTransport(std::string gateway, std::string ca_file, WireTap tap)
    : gateway_(std::move(gateway)), ca_file_(std::move(ca_file)), tap_(std::move(tap)) {
  table_.struct_size = sizeof table_;
  table_.context = this;
  table_.open = [](void* context, uint32_t attempt) { return self(context).open(attempt); };
  table_.ready = [](void* context, uint8_t exporter[32]) {
    const tocsin_transport* port = self(context).port();
    return port->ready(port->context, exporter);
  };
  table_.receive = [](void* context, uint8_t* bytes, size_t size, size_t* received) {
    return self(context).receive(bytes, size, received);
  };
  table_.send = [](void* context, const uint8_t* bytes, size_t size, size_t* sent) {
    const tocsin_transport* port = self(context).port();
    return port->send(port->context, bytes, size, sent);
  };
  table_.close = [](void* context) {
    const tocsin_transport* port = self(context).port();
    port->close(port->context);
  };
  table_.random = [](void* context, uint8_t* bytes, size_t size) {
    const tocsin_transport* port = self(context).port();
    return port->random(port->context, bytes, size);
  };
  connect_port();
}

DeviceTransport::~DeviceTransport() { tocsin_posix_close(port_); }

int DeviceTransport::fd(short* events) const { return tocsin_posix_fd(port_, events); }

tocsin_status DeviceTransport::connect_port() {
  tocsin_posix_close(port_);
  port_gateway_ = gateway_;
  const tocsin_posix_options options = {sizeof options, gateway_.c_str(), ca_file_.c_str(),
                                        nullptr};
  return tocsin_posix_open(&options, &port_);
}

tocsin_status DeviceTransport::open(uint32_t attempt) {
  tap_.clear();
  if (gateway_ != port_gateway_) {
    const tocsin_status status = connect_port();
    if (status != TOCSIN_OK) return status;
  }
  return port()->open(port()->context, attempt);
}

tocsin_status DeviceTransport::receive(uint8_t* bytes, size_t size, size_t* received) {
  const tocsin_status status = port()->receive(port()->context, bytes, size, received);
  if (status == TOCSIN_OK && !tap_.feed({bytes, *received})) was_garbled_ = true;
  return status;
}

}  // namespace tocsin::crash
