#include "tests/crash/model.h"

#include <fmt/format.h>

namespace tocsin::crash {

// -- Apps and devices ----------------------------------------------------------------------------

size_t Model::add_app(AppPast app) {
  const std::lock_guard lock(mutex_);
  apps_.push_back(std::move(app));
  return apps_.size() - 1;
}

std::vector<AppPast> Model::apps() const {
  const std::lock_guard lock(mutex_);
  return apps_;
}

size_t Model::add_device(size_t app, const std::vector<size_t>& tags) {
  const std::lock_guard lock(mutex_);
  DevicePast device;
  device.app = app;
  device.registered.ask(true, tick());
  for (const size_t tag : tags) device.tags[tag].ask(true, tick());
  devices_.push_back(std::move(device));
  return devices_.size() - 1;
}

void Model::registered(size_t device, DeviceId id) {
  const std::lock_guard lock(mutex_);
  DevicePast& past = devices_[device];
  if (!past.registered.is_waiting()) {
    if (past.id == id) return;
    complaints_.push_back(
        fmt::format("device {} became another: {}, before {}", device, id.text(), past.id.text()));
    return;
  }
  past.id = id;
  past.registered.confirm(tick());
  for (History& tag : past.tags) {
    if (tag.is_waiting()) tag.confirm(tick());
  }
}

std::vector<size_t> Model::registered_devices(size_t app) const {
  const std::lock_guard lock(mutex_);
  std::vector<size_t> numbers;
  for (size_t i = 0; i < devices_.size(); ++i) {
    if (devices_[i].app == app && !devices_[i].registered.is_waiting()) numbers.push_back(i);
  }
  return numbers;
}

DeviceId Model::device_id(size_t device) const {
  const std::lock_guard lock(mutex_);
  return devices_[device].id;
}

void Model::tag_asked(size_t device, size_t tag, bool has) {
  const std::lock_guard lock(mutex_);
  devices_[device].tags[tag].ask(has, tick());
}

void Model::tag_confirmed(size_t device, size_t tag) {
  const std::lock_guard lock(mutex_);
  devices_[device].tags[tag].confirm(tick());
}

// -- Sends ---------------------------------------------------------------------------------------

void Model::asked(Message message) {
  const std::lock_guard lock(mutex_);
  message.asked = tick();
  const uint64_t op = message.op;
  messages_.emplace(op, std::move(message));
}

void Model::accepted(uint64_t op, MessageId id) {
  const std::lock_guard lock(mutex_);
  Message& message = messages_.at(op);
  message.ended = tick();
  message.answer = Message::Answer::accepted;
  ++counts_.accepted;
  if (message.id.value != 0 && message.id != id) {
    complain_of(message, fmt::format("answered as {}: one send became two messages", id.text()));
  }
  message.id = id;
}

void Model::refused(uint64_t op) {
  const std::lock_guard lock(mutex_);
  Message& message = messages_.at(op);
  message.ended = tick();
  message.answer = Message::Answer::refused;
  ++counts_.refused;
  if (message.id.value != 0) complain_of(message, "it was refused, and delivered");
}

void Model::unanswered(uint64_t op, bool server_died) {
  const std::lock_guard lock(mutex_);
  ++counts_.unanswered;
  if (server_died) messages_.at(op).ended = tick();
}

// -- What devices see ----------------------------------------------------------------------------

Message* Model::arrived(size_t device, uint64_t op, MessageId id) {
  const auto found = messages_.find(op);
  if (found == messages_.end()) {
    complaints_.push_back(fmt::format("device {} got message {} with op {}, which nobody sent",
                                      device, id.text(), op));
    return nullptr;
  }
  Message& message = found->second;
  if (message.answer == Message::Answer::refused) {
    complain_of(message, fmt::format("device {} got it as {}", device, id.text()));
  }
  if (message.is_absent) {
    complain_of(message, fmt::format("device {} got it as {}, long after all devices had caught up",
                                     device, id.text()));
  }
  if (message.id.value != 0 && message.id != id) {
    complain_of(message, fmt::format("device {} got it as {}: one send became two messages", device,
                                     id.text()));
  }
  message.id = id;
  return &message;
}

void Model::on_wire(size_t device, uint64_t op, MessageId id) {
  const std::lock_guard lock(mutex_);
  Message* message = arrived(device, op, id);
  if (message == nullptr) return;
  ++counts_.on_wire;
  if (++message->receipts[device].on_wire == 1) {
    if (message->settled) {
      complain_of(*message, fmt::format("device {} got it after its books were at rest", device));
    }
    return;
  }
  ++counts_.wire_repeats;
  if (message->settled) ++counts_.repeats_after;
}

void Model::shown(size_t device, uint64_t op, MessageId id) {
  const std::lock_guard lock(mutex_);
  Message* message = arrived(device, op, id);
  if (message == nullptr) return;
  ++counts_.shown;
  Receipt& receipt = message->receipts[device];
  if (++receipt.shown == 1) return;
  ++counts_.shown_again;
  if (receipt.shown > receipt.shown_max) {
    complain_of(*message, fmt::format("device {} ({}) showed it {} times", device,
                                      devices_[device].id.text(), receipt.shown));
  }
}

void Model::may_show_again(size_t device, uint64_t op) {
  const std::lock_guard lock(mutex_);
  const auto found = messages_.find(op);
  if (found != messages_.end()) ++found->second.receipts[device].shown_max;
}

void Model::opened(uint64_t op) {
  const std::lock_guard lock(mutex_);
  const auto found = messages_.find(op);
  if (found != messages_.end()) ++found->second.opened;
}

// -- Judging -------------------------------------------------------------------------------------

std::vector<uint64_t> Model::unjudged() const {
  const std::lock_guard lock(mutex_);
  std::vector<uint64_t> ops;
  for (const auto& [op, message] : messages_) {
    const bool is_open = message.answer != Message::Answer::refused;
    if (is_open && !message.settled && !message.is_absent) ops.push_back(op);
  }
  return ops;
}

std::vector<uint64_t> Model::settled() const {
  const std::lock_guard lock(mutex_);
  std::vector<uint64_t> ops;
  for (const auto& [op, message] : messages_) {
    if (message.settled) ops.push_back(op);
  }
  return ops;
}

Message Model::message(uint64_t op) const {
  const std::lock_guard lock(mutex_);
  return messages_.at(op);
}

std::optional<Message> Model::find_message(uint64_t op) const {
  const std::lock_guard lock(mutex_);
  const auto found = messages_.find(op);
  return found == messages_.end() ? std::nullopt : std::optional<Message>(found->second);
}

bool Model::is_at_rest(uint64_t op, const Books& books, uint64_t read_at_ms) const {
  const std::lock_guard lock(mutex_);
  return are_at_rest(messages_.at(op), devices_, books, read_at_ms);
}

void Model::settle(uint64_t op, const Books& books, uint64_t read_at_ms) {
  const std::lock_guard lock(mutex_);
  Message& message = messages_.at(op);
  message.settled = books;
  if (message.answer == Message::Answer::none) ++counts_.unanswered_seen;
  for (const std::string& text : judge(message, devices_, books, read_at_ms)) {
    complain_of(message, text);
  }
}

void Model::settle_absent(uint64_t op) {
  const std::lock_guard lock(mutex_);
  messages_.at(op).is_absent = true;
}

void Model::complain(std::string text) {
  const std::lock_guard lock(mutex_);
  complaints_.push_back(std::move(text));
}

void Model::complain_of(const Message& message, const std::string& text) {
  complaints_.push_back(fmt::format("message ({}): {}", describe(message), text));
}

std::vector<std::string> Model::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

ModelCounts Model::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace tocsin::crash
