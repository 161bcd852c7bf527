// ServedApp: the fixture of tests that need a running server, one app, and devices of it.
//
// Thread: the test's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/raw_device.h"
#include "tests/e2e/test_server.h"

namespace tocsin::e2e {

class ServedApp : public testing::Test {
 protected:
  void SetUp() override;

  // TCP and TLS only.
  std::unique_ptr<RawDevice> connect();
  // A device that has registered and gone.
  Identity enroll(uint8_t nonce_seed, const std::vector<std::string>& tags = {});
  // A device with an open session that storage has granted: a push to it has come back.
  std::unique_ptr<RawDevice> open(const Identity& identity);
  // Send to that device; `rest` is the rest of the request's JSON. The message id.
  std::string send_to(const Identity& identity, const std::string& rest);

  TestServer server_;
  TestApp app_;
};

// As the API writes them.
std::vector<std::string> texts(const std::vector<MessageId>& ids);

}  // namespace tocsin::e2e
