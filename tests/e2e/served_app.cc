#include "tests/e2e/served_app.h"

namespace tocsin::e2e {

void ServedApp::SetUp() {
  server_.start();
  app_ = server_.create_app("demo");
}

std::unique_ptr<RawDevice> ServedApp::connect() {
  auto device = RawDevice::connect(server_.gateway_port(), server_.ca_pem());
  EXPECT_NE(device, nullptr);
  return device;
}

Identity ServedApp::enroll(uint8_t nonce_seed, const std::vector<std::string>& tags) {
  const auto identity = connect()->enroll("demo", app_.registration_key, tags, nonce_seed);
  EXPECT_TRUE(identity.has_value());
  return *identity;
}

std::unique_ptr<RawDevice> ServedApp::open(const Identity& identity) {
  auto device = connect();
  EXPECT_TRUE(device->hello(identity)) << device->error_text();
  const std::string probe = send_to(identity, R"("data":{"probe":"1"})");
  EXPECT_EQ(texts(device->read_pushes(1, true, 50)), std::vector<std::string>{probe});
  return device;
}

std::string ServedApp::send_to(const Identity& identity, const std::string& rest) {
  return server_.send(app_, "{\"device\":\"" + identity.device.text() + "\"," + rest + "}");
}

std::vector<std::string> texts(const std::vector<MessageId>& ids) {
  std::vector<std::string> all;
  for (const MessageId id : ids) all.push_back(id.text());
  return all;
}

}  // namespace tocsin::e2e
