// What a small device would lend tocsin_client.h, in memory: a transport whose other end the test
// holds, a store, and a log of what the library told.
//
// Thread: one test.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <tocsin_client.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "wire/codec.h"
#include "wire/frame.h"

namespace tocsin::sdk {

// The server's end of a connection that exists only in memory.
class LentTransport {
 public:
  LentTransport() {
    table.struct_size = sizeof table;
    table.context = this;
    table.open = [](void* context, uint32_t attempt) -> tocsin_status {
      auto& self = *static_cast<LentTransport*>(context);
      ++self.opened;
      self.attempt = attempt;
      self.to_device.clear();
      self.from_device.clear();
      return self.reachable ? TOCSIN_OK : TOCSIN_FAILED;
    };
    table.ready = [](void* context, uint8_t exporter[32]) -> tocsin_status {
      std::memset(exporter, 0x5e, 32);
      return static_cast<LentTransport*>(context)->up ? TOCSIN_OK : TOCSIN_PENDING;
    };
    table.receive = [](void* context, uint8_t* bytes, size_t size,
                       size_t* received) -> tocsin_status {
      return static_cast<LentTransport*>(context)->give(bytes, size, received);
    };
    table.send = [](void* context, const uint8_t* bytes, size_t size,
                    size_t* sent) -> tocsin_status {
      return static_cast<LentTransport*>(context)->take(bytes, size, sent);
    };
    table.close = [](void* context) { ++static_cast<LentTransport*>(context)->closed; };
    table.random = [](void*, uint8_t* bytes, size_t size) -> tocsin_status {
      std::memset(bytes, 0x42, size);
      return TOCSIN_OK;
    };
    table.gateways = [](void* context, const tocsin_text* gateways, size_t count) {
      auto& self = *static_cast<LentTransport*>(context);
      self.gateways.clear();
      for (size_t i = 0; i < count; ++i)
        self.gateways.emplace_back(gateways[i].data, gateways[i].size);
    };
  }

  template <typename Message>
  void say(const Message& message) {
    EXPECT_EQ(wire::append_message(message, to_device), wire::Code::ok);
  }

  // The frames the device has sent on this connection, its preface taken off.
  std::vector<wire::FrameType> sent_types() const {
    std::vector<wire::FrameType> types;
    for_each_sent([&](const wire::FrameView& frame) { types.push_back(frame.type); });
    return types;
  }
  // Body of the last frame of this type that the device has sent on this connection.
  Bytes last_sent(wire::FrameType type) const {
    Bytes body;
    for_each_sent([&](const wire::FrameView& frame) {
      if (frame.type == type) body.assign(frame.body.begin(), frame.body.end());
    });
    EXPECT_FALSE(body.empty()) << "no such frame was sent";
    return body;
  }
  size_t count_sent(wire::FrameType type) const {
    const auto types = sent_types();
    return static_cast<size_t>(std::count(types.begin(), types.end(), type));
  }

  tocsin_transport table{};
  bool reachable = true;
  bool up = true;
  bool ended = false;
  size_t receive_piece = SIZE_MAX;  // bytes given in one call
  size_t send_room = SIZE_MAX;      // bytes taken until PENDING
  Bytes to_device;
  Bytes from_device;
  int opened = 0;
  int closed = 0;
  uint32_t attempt = 0;
  std::vector<std::string> gateways;

 private:
  template <typename Visit>
  void for_each_sent(Visit visit) const {
    ByteView left = from_device;
    if (left.size() >= wire::preface.size()) left = left.subspan(wire::preface.size());
    wire::FrameView frame;
    size_t used = 0;
    while (wire::read_frame(left, limits::device_frame_bytes_max, frame, used) == wire::Code::ok) {
      visit(frame);
      left = left.subspan(used);
    }
  }
  tocsin_status give(uint8_t* bytes, size_t size, size_t* received) {
    if (to_device.empty()) return ended ? TOCSIN_CLOSED : TOCSIN_PENDING;
    *received = std::min({size, to_device.size(), receive_piece});
    std::copy_n(to_device.begin(), *received, bytes);
    to_device.erase(to_device.begin(), to_device.begin() + static_cast<ptrdiff_t>(*received));
    return TOCSIN_OK;
  }
  tocsin_status take(const uint8_t* bytes, size_t size, size_t* sent) {
    if (send_room == 0) return TOCSIN_PENDING;
    *sent = std::min(size, send_room);
    from_device.insert(from_device.end(), bytes, bytes + *sent);
    if (send_room != SIZE_MAX) send_room -= *sent;
    return TOCSIN_OK;
  }
};

class LentStore {
 public:
  LentStore() {
    table.struct_size = sizeof table;
    table.context = this;
    table.save = [](void* context, const uint8_t* bytes, size_t size) -> tocsin_status {
      auto& self = *static_cast<LentStore*>(context);
      if (self.broken) return TOCSIN_FAILED;
      self.blob.assign(bytes, bytes + size);
      ++self.saves;
      if (self.on_save) self.on_save();
      return TOCSIN_OK;
    };
    table.load = [](void* context, uint8_t* bytes, size_t capacity, size_t* size) -> tocsin_status {
      auto& self = *static_cast<LentStore*>(context);
      if (self.blob.empty()) return TOCSIN_NOT_FOUND;
      if (self.blob.size() > capacity) return TOCSIN_NO_ROOM;
      std::copy(self.blob.begin(), self.blob.end(), bytes);
      *size = self.blob.size();
      return TOCSIN_OK;
    };
  }

  tocsin_store table{};
  Bytes blob;
  int saves = 0;
  bool broken = false;
  std::function<void()> on_save;
};

// A client with all of it, and what it told.
class LentClient {
 public:
  LentClient() {
    handlers.struct_size = sizeof handlers;
    handlers.context = this;
    handlers.on_push = [](void* context, tocsin_client* client, const tocsin_push* push) {
      auto& self = *static_cast<LentClient*>(context);
      self.pushes.push_back(push->message_id);
      if (self.when_pushed) self.when_pushed(client, push);
    };
    handlers.on_state = [](void* context, tocsin_client*, tocsin_state state, tocsin_trouble,
                           const char* text, size_t text_size) {
      auto& self = *static_cast<LentClient*>(context);
      self.states.push_back(state);
      if (text_size > 0) self.words.assign(text, text_size);
    };
    handlers.on_updated = [](void* context, tocsin_client*, int confirmed) {
      static_cast<LentClient*>(context)->update_answers.push_back(confirmed);
    };
    handlers.on_recall = [](void* context, tocsin_client*, uint64_t message_id) {
      static_cast<LentClient*>(context)->recalls.push_back(message_id);
    };
    config.struct_size = sizeof config;
    config.app = "demo";
    config.app_size = 4;
    config.registration_key = registration_key.data();
    config.registration_key_size = registration_key.size();
    config.platform = "toy";
    config.platform_size = 3;
    config.tags = tags.data();
    config.tag_count = tags.size();
    config.transport = &transport.table;
    config.store = &store.table;
    config.handlers = &handlers;
  }

  tocsin_status init() {
    memory.assign(tocsin_client_memory_bytes(&config), 0xcd);
    return tocsin_client_init(memory.data(), memory.size(), &config, &client);
  }
  tocsin_status step() { return tocsin_client_step(client, now_ms, &wait_ms); }
  // Sleep as long as the client wishes, then step.
  tocsin_status sleep_and_step() {
    now_ms += wait_ms;
    return step();
  }
  void go_live() {
    if (client == nullptr) {
      ASSERT_EQ(init(), TOCSIN_OK);
    }
    step();
    for (int i = 0; i < 4 && tocsin_client_state(client) <= TOCSIN_STATE_CONNECTING; ++i) {
      sleep_and_step();
      step();
    }
    if (tocsin_client_state(client) == TOCSIN_STATE_REGISTERING) {
      transport.say(wire::Registered{AppId{7}, device, secret, 1});
      step();
    }
    ASSERT_EQ(tocsin_client_state(client), TOCSIN_STATE_OPENING);
    transport.say(wire::Welcome{1'790'000'000'000, 300, {}});
    step();
    ASSERT_EQ(tocsin_client_state(client), TOCSIN_STATE_LIVE);
  }
  static wire::Push push(uint64_t id) {
    wire::Push push;
    push.message = MessageId{id};
    push.title = "title";
    return push;
  }

  const std::vector<uint8_t> registration_key = std::vector<uint8_t>(32, 0x22);
  const std::vector<uint8_t> secret = std::vector<uint8_t>(32, 0x55);
  const DeviceId device{{1, 2, 3}};
  const std::vector<tocsin_text> tags = {{"beta", 4}, {"city:kobe", 9}};
  LentTransport transport;
  LentStore store;
  tocsin_handlers handlers{};
  tocsin_config config{};
  std::vector<uint8_t> memory;
  tocsin_client* client = nullptr;
  uint64_t now_ms = 1000;
  uint32_t wait_ms = 0;

  std::vector<uint64_t> pushes;
  std::vector<tocsin_state> states;
  std::vector<uint64_t> recalls;
  std::vector<int> update_answers;
  std::string words;
  std::function<void(tocsin_client*, const tocsin_push*)> when_pushed;
};

}  // namespace tocsin::sdk
