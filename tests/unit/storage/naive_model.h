// NaiveModel: what the store should hold, kept the plain way: a map of devices and a map of
// messages, each with an ordinary set of devices for every state.
//
// It knows nothing of ordinals, roaring sets, merge operands or RocksDB, and is far too slow and
// large for anything but a test.
//
// Thread: one owner.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"

namespace tocsin::test {

// A device from its registration to its deletion; registered again it is another one.
using Life = uint32_t;
using Lives = std::set<Life>;

struct ModelDevice {
  Life life = 0;
  std::set<std::string> tags;
  std::string alias;
};

struct ModelMessage {
  bool is_cast = false;
  uint64_t expires_at_ms = 0;
  uint64_t unknown = 0;  // named, but not registered
  uint64_t notice = 0;   // the message that told of its recall
  bool recalled_ever = false;
  Lives targeted, delivered, opened, replaced, recalled, deleted;

  bool is_pending(Life life) const {
    return targeted.contains(life) && !delivered.contains(life) && !replaced.contains(life) &&
           !recalled.contains(life) && !deleted.contains(life);
  }
  Lives pending() const {
    Lives rest;
    for (const Life life : targeted) {
      if (is_pending(life)) rest.insert(life);
    }
    return rest;
  }
};

class NaiveModel {
 public:
  std::map<uint32_t, ModelDevice> devices;             // by number
  std::map<uint64_t, ModelMessage> messages;           // by id
  std::map<std::string, Lives> audiences;              // uploaded
  std::map<uint64_t, uint64_t> schedules;              // when each is due, by id
  std::map<std::string, uint64_t> answers;             // the first message of each idempotency key
  std::map<std::string, std::set<uint64_t>> labelled;  // messages by label

  void enroll(uint32_t device, const std::string& tag) {
    if (!devices.contains(device)) devices[device].life = next_life_++;
    devices[device].tags.insert(tag);
  }

  void accept_for(uint64_t id, const std::set<uint32_t>& numbers, uint64_t now_ms, uint64_t ttl_ms,
                  const std::string& key) {
    ModelMessage message;
    message.expires_at_ms = now_ms + ttl_ms;
    for (const uint32_t number : numbers) {
      const auto found = devices.find(number);
      found == devices.end() ? void(++message.unknown)
                             : void(message.targeted.insert(found->second.life));
    }
    accept(id, std::move(message), now_ms, key);
  }

  template <typename Matches>
  void accept_cast(uint64_t id, Matches&& matches, uint64_t now_ms, uint64_t ttl_ms,
                   const std::string& key) {
    ModelMessage message;
    message.is_cast = true;
    message.expires_at_ms = now_ms + ttl_ms;
    message.targeted = select(matches);
    accept(id, std::move(message), now_ms, key);
  }

  template <typename Matches>
  Lives select(Matches&& matches) const {
    Lives found;
    for (const auto& [number, device] : devices) {
      if (matches(device)) found.insert(device.life);
    }
    return found;
  }

  void acknowledge(uint64_t id, Life life, bool opened) {
    const auto found = messages.find(id);
    if (found == messages.end()) return;
    ModelMessage& message = found->second;
    const bool counts = message.is_cast || message.is_pending(life) ||
                        message.replaced.contains(life) || message.recalled.contains(life);
    if (counts) {
      if (message.is_cast) message.targeted.insert(life);
      message.delivered.insert(life);
      message.replaced.erase(life);
      message.recalled.erase(life);
      if (message.notice != 0) messages[message.notice].targeted.insert(life);
    }
    if (opened && message.delivered.contains(life)) message.opened.insert(life);
  }

  void recall(uint64_t id, uint64_t now_ms, uint64_t notice, uint64_t notice_ttl_ms) {
    const auto found = messages.find(id);
    if (found == messages.end() || found->second.recalled_ever) return;
    ModelMessage& message = found->second;
    message.recalled_ever = true;
    if (message.expires_at_ms > now_ms) message.recalled.merge(message.pending());
    if (notice == 0) return;
    message.notice = notice;
    ModelMessage told;
    told.is_cast = true;
    told.expires_at_ms = now_ms + notice_ttl_ms;
    told.targeted = message.delivered;
    messages[notice] = told;
  }

  void erase(uint32_t number, uint64_t now_ms) {
    const auto found = devices.find(number);
    if (found == devices.end()) return;
    const Life life = found->second.life;
    for (auto& [id, message] : messages) {
      // An inbox row is there until it is delivered, expired or not.
      const bool alive = !message.is_cast || message.expires_at_ms > now_ms;
      if (alive && message.is_pending(life)) message.deleted.insert(life);
    }
    for (auto& [name, members] : audiences) members.erase(life);
    devices.erase(found);
  }

 private:
  void accept(uint64_t id, ModelMessage message, uint64_t now_ms, const std::string& key) {
    if (!key.empty()) {
      std::vector<uint64_t> kept;
      for (const uint64_t older : by_key_[key]) {
        ModelMessage& old = messages[older];
        if (old.recalled_ever || old.expires_at_ms <= now_ms) continue;
        kept.push_back(older);
        for (const Life life : old.pending()) {
          if (message.targeted.contains(life)) old.replaced.insert(life);
        }
      }
      kept.push_back(id);
      if (kept.size() > limits::collapse_messages_max) kept.erase(kept.begin());
      by_key_[key] = kept;
    }
    messages[id] = std::move(message);
  }

  std::map<std::string, std::vector<uint64_t>> by_key_;
  Life next_life_ = 1;
};

}  // namespace tocsin::test
