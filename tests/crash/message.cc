#include "tests/crash/message.h"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::crash {
namespace {

struct Audience {
  uint64_t certain = 0;
  uint64_t possible = 0;
  uint64_t certain_receivers = 0;
};

// Looks at every device of a message once.
class Judge {
 public:
  Judge(const Message& message, const Books& books, uint64_t read_at_ms)
      : message_(message),
        books_(books),
        is_expired_(books.expired > 0 || books.expires_at_ms <= read_at_ms) {}

  void look_at(size_t number, const DevicePast& device) {
    const Certainty certainty = is_target(message_, number, device);
    const auto found = message_.receipts.find(number);
    const Receipt receipt = found == message_.receipts.end() ? Receipt{} : found->second;
    if (certainty != Certainty::no) ++audience_.possible;
    if (certainty == Certainty::yes) {
      ++audience_.certain;
      if (receipt.on_wire > 0) ++audience_.certain_receivers;
    }
    if (certainty == Certainty::no && receipt.on_wire > 0) {
      wrong("device {} ({}) got it and was not targeted", number, device.id.text());
    }
    if (receipt.shown > receipt.shown_max) {
      wrong("device {} ({}) showed it {} times", number, device.id.text(), receipt.shown);
    }
    const bool must_have = certainty == Certainty::yes || receipt.on_wire > 0;
    if (must_have && !is_expired_ && receipt.shown == 0) {
      wrong("device {} ({}) never showed it: lost ({} times on the wire)", number, device.id.text(),
            receipt.on_wire);
    }
  }

  std::vector<std::string> verdict() {
    if (!books_.are_closed()) wrong("its books are not closed: {}", books_.text());
    if (books_.pending > 0) wrong("it is still pending: {}", books_.text());
    if (books_.targeted < audience_.certain || books_.targeted > audience_.possible) {
      wrong("targeted must be {}..{}: {}", audience_.certain, audience_.possible, books_.text());
    }
    const uint64_t receivers = message_.receivers();
    if (books_.delivered > receivers) {
      wrong("only {} devices received it: {}", receivers, books_.text());
    }
    if (books_.opened > message_.opened) {
      wrong("only {} devices opened it: {}", message_.opened, books_.text());
    }
    if (books_.dropped > 0) wrong("nothing was to be dropped: {}", books_.text());
    if (!is_expired_ && books_.delivered < audience_.certain_receivers) {
      wrong("{} devices it was surely meant for received it: {}", audience_.certain_receivers,
            books_.text());
    }
    return std::move(wrong_);
  }

 private:
  template <typename... Values>
  void wrong(fmt::format_string<Values...> text, Values&&... values) {
    wrong_.push_back(fmt::format(text, std::forward<Values>(values)...));
  }

  const Message& message_;
  const Books& books_;
  const bool is_expired_;
  Audience audience_;
  std::vector<std::string> wrong_;
};

std::string target_text(const Target& target) {
  switch (target.kind) {
    case Target::Kind::devices:
      return fmt::format("{} device{}", target.devices.size(),
                         target.devices.size() == 1 ? "" : "s");
    case Target::Kind::tag:
      return tag_name(target.tag);
    case Target::Kind::everyone:
      return "everyone";
  }
  return "";
}

std::string answer_text(const Message& message) {
  const std::string id = message.id.value == 0 ? "" : message.id.text();
  switch (message.answer) {
    case Message::Answer::none:
      return id.empty() ? "unanswered" : "unanswered, seen as " + id;
    case Message::Answer::accepted:
      return "accepted as " + id;
    case Message::Answer::refused:
      return "refused";
  }
  return "";
}

}  // namespace

std::string Books::text() const {
  return fmt::format("targeted {} = pending {} + delivered {} + expired {} + dropped {}; opened {}",
                     targeted, pending, delivered, expired, dropped, opened);
}

size_t Message::receivers() const {
  return static_cast<size_t>(std::count_if(receipts.begin(), receipts.end(),
                                           [](const auto& one) { return one.second.on_wire > 0; }));
}

Certainty is_target(const Message& message, size_t number, const DevicePast& device) {
  if (device.app != message.app) return Certainty::no;
  const auto& named = message.target.devices;
  switch (message.target.kind) {
    case Target::Kind::devices:
      return std::find(named.begin(), named.end(), number) == named.end() ? Certainty::no
                                                                          : Certainty::yes;
    case Target::Kind::tag:
      return device.tags[message.target.tag].during(message.asked, message.ended);
    case Target::Kind::everyone:
      return device.registered.during(message.asked, message.ended);
  }
  return Certainty::no;
}

bool are_at_rest(const Message& message, const std::vector<DevicePast>& devices, const Books& books,
                 uint64_t read_at_ms) {
  if (books.pending > 0) return false;
  if (books.expired > 0 || books.expires_at_ms <= read_at_ms) return true;
  uint64_t counted = 0;
  for (const auto& [number, receipt] : message.receipts) {
    const bool is_sure = is_target(message, number, devices[number]) == Certainty::yes;
    if (is_sure && receipt.on_wire > 0) ++counted;
  }
  return books.delivered >= counted;
}

std::vector<std::string> judge(const Message& message, const std::vector<DevicePast>& devices,
                               const Books& books, uint64_t read_at_ms) {
  Judge judge(message, books, read_at_ms);
  for (size_t number = 0; number < devices.size(); ++number) {
    judge.look_at(number, devices[number]);
  }
  return judge.verdict();
}

std::string describe(const Message& message) {
  return fmt::format("op {}, app {}, to {}, ttl {}, {}, {}", message.op, message.app,
                     target_text(message.target),
                     message.ttl_s ? fmt::format("{} s", *message.ttl_s) : "default",
                     message.priority, answer_text(message));
}

}  // namespace tocsin::crash
