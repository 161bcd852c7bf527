// Model: all that the test asked for, was told and saw, and whether that can be.
//
// Callers write what they send, the fleet what its devices get, the auditor compares with the
// server's reports. What cannot be, whatever the server did in between, is complained about at
// once: a message shown twice, one that was refused and came, one send that became two messages.
//
// Thread: any; every call takes one lock.
// Bound: the ops of one run.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

#include "tests/crash/message.h"

namespace tocsin::crash {

struct AppPast {
  std::string name;
  std::string send_key;
  Bytes registration_key;
};

struct ModelCounts {
  uint64_t accepted = 0;
  uint64_t refused = 0;
  uint64_t unanswered = 0;
  uint64_t unanswered_seen = 0;  // of these, arrived all the same
  uint64_t shown = 0;
  uint64_t on_wire = 0;
  uint64_t wire_repeats = 0;   // the same message on the wire to the same device again
  uint64_t repeats_after = 0;  // of these, after its books were at rest
  uint64_t shown_again = 0;    // the device had died between showing and saving
};

class Model {
 public:
  // -- Apps and devices ---------------------------------------------------------------------------
  size_t add_app(AppPast app);
  std::vector<AppPast> apps() const;
  // A new device, about to register with these tags; its number.
  size_t add_device(size_t app, const std::vector<size_t>& tags);
  void registered(size_t device, DeviceId id);
  // The numbers of devices of `app` that are known to be registered.
  std::vector<size_t> registered_devices(size_t app) const;
  DeviceId device_id(size_t device) const;
  void tag_asked(size_t device, size_t tag, bool has);
  void tag_confirmed(size_t device, size_t tag);

  // -- Sends --------------------------------------------------------------------------------------
  void asked(Message message);
  void accepted(uint64_t op, MessageId id);
  void refused(uint64_t op);
  // No answer; `server_died`: so nothing more can come of it.
  void unanswered(uint64_t op, bool server_died);

  // -- What devices see ---------------------------------------------------------------------------
  void on_wire(size_t device, uint64_t op, MessageId id);
  void shown(size_t device, uint64_t op, MessageId id);
  // The device died before it could save that it showed this.
  void may_show_again(size_t device, uint64_t op);
  void opened(uint64_t op);

  // -- Judging ------------------------------------------------------------------------------------
  // Ops of messages that are not judged yet.
  std::vector<uint64_t> unjudged() const;
  // Ops of messages whose books were at rest when judged.
  std::vector<uint64_t> settled() const;
  Message message(uint64_t op) const;
  // nullopt when that op sent nothing.
  std::optional<Message> find_message(uint64_t op) const;
  bool is_at_rest(uint64_t op, const Books& books, uint64_t read_at_ms) const;
  // Judge a message by its books; complains.
  void settle(uint64_t op, const Books& books, uint64_t read_at_ms);
  // Nobody was answered and nobody has got it: from now on it must not come.
  void settle_absent(uint64_t op);

  void complain(std::string text);
  std::vector<std::string> complaints() const;
  ModelCounts counts() const;

 private:
  Moment tick() { return ++moment_; }
  void complain_of(const Message& message, const std::string& text);
  // The message of `op` as it reached `device`; complains and gives nullptr when there can be none.
  Message* arrived(size_t device, uint64_t op, MessageId id);

  mutable std::mutex mutex_;
  Moment moment_ = 0;
  std::vector<AppPast> apps_;
  std::vector<DevicePast> devices_;
  std::map<uint64_t, Message> messages_;  // by op
  std::vector<std::string> complaints_;
  ModelCounts counts_;
};

}  // namespace tocsin::crash
