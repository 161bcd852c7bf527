#include "tests/crash/auditor.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

#include "base/clock.h"

namespace tocsin::crash {
namespace {

// Its casts are numbered from here, far above the ops of the workload.
constexpr uint64_t first_op = 1'000'000'000;
constexpr int look_again_ms = 30;
constexpr size_t named_max = 5;

// A late acknowledgement still turns expired into delivered, and users open when they like.
bool may_become(const Books& before, const Books& now, const Message& message) {
  return now.are_closed() && now.pending == 0 && now.targeted >= before.targeted &&
         now.targeted - before.targeted <= now.delivered - before.delivered &&
         now.delivered >= before.delivered && now.delivered <= message.receivers() &&
         now.dropped == before.dropped && now.opened <= message.opened;
}

}  // namespace

void Auditor::look(const ServerAddress& server) {
  Api api(server);
  if (!gather_devices() || !settle(api)) return;
  send_to_every_set(api);
  if (!settle(api)) return;
  for (const uint64_t op : model_.unjudged()) model_.settle_absent(op);
  compare_apps(api);
}

bool Auditor::gather_devices() {
  fleet_.bring_online();
  const uint64_t deadline_ms = monotonic_ms() + settle_ms_max;
  while (true) {
    std::vector<std::string> restless = fleet_.restless();
    if (restless.empty()) return true;
    if (monotonic_ms() > deadline_ms) {
      const size_t count = restless.size();
      restless.resize(std::min(count, named_max));
      model_.complain(
          fmt::format("{} devices do not come to rest: {}", count, fmt::join(restless, "; ")));
      return false;
    }
    poll(nullptr, 0, look_again_ms);
  }
}

bool Auditor::settle(Api& api) {
  const uint64_t deadline_ms = monotonic_ms() + settle_ms_max;
  std::vector<uint64_t> ops = model_.unjudged();
  while (!(ops = settle_those_at_rest(api, ops)).empty()) {
    if (api.is_broken() || monotonic_ms() > deadline_ms) {
      give_up(api, ops);
      return false;
    }
    poll(nullptr, 0, look_again_ms);
  }
  return model_.complaints().empty();
}

std::vector<uint64_t> Auditor::settle_those_at_rest(Api& api, const std::vector<uint64_t>& ops) {
  std::vector<uint64_t> left;
  for (const uint64_t op : ops) {
    const Message before = model_.message(op);
    if (before.id.value == 0) continue;
    const Api::Report report = read(api, before);
    const uint64_t now_ms = wall_ms();
    // Asked for after the report: what a device has received is in no hurry to be counted.
    const bool is_done = report.status == 200 && model_.is_at_rest(op, report.books, now_ms);
    if (is_done) {
      model_.settle(op, report.books, now_ms);
    } else {
      left.push_back(op);
    }
  }
  return left;
}

void Auditor::give_up(Api& api, const std::vector<uint64_t>& ops) {
  model_.complain(
      fmt::format("{} messages do not come to rest though all devices are there; log: {}",
                  ops.size(), api.positions()));
  for (size_t i = 0; i < std::min(ops.size(), named_max); ++i) {
    const Message message = model_.message(ops[i]);
    const Api::Report report = read(api, message);
    if (report.status == 200) {
      model_.settle(ops[i], report.books, wall_ms());
    } else {
      model_.complain(
          fmt::format("message ({}): its report is answered {}", describe(message), report.status));
    }
  }
}

void Auditor::send_to_every_set(Api& api) {
  for (size_t app = 0; app < model_.apps().size(); ++app) {
    for (size_t tag = 0; tag < tags_count; ++tag) send(api, app, {Target::Kind::tag, {}, tag});
    send(api, app, {Target::Kind::everyone, {}, 0});
  }
}

void Auditor::send(Api& api, size_t app, Target target) {
  Message message;
  message.op = first_op + casts_++;
  message.app = app;
  message.target = std::move(target);
  message.priority = "LOW";
  message.ttl_s = 3600;
  model_.asked(message);
  api.send(message, model_);
  if (model_.message(message.op).answer != Message::Answer::accepted) {
    model_.complain(fmt::format("message ({}): not accepted by a server at rest",
                                describe(model_.message(message.op))));
  }
}

void Auditor::compare_apps(Api& api) {
  const auto listed = api.list_apps();
  if (!listed) return model_.complain("the apps cannot be listed");
  const std::vector<AppPast> apps = model_.apps();
  for (size_t app = 0; app < apps.size(); ++app) {
    const auto found = listed->find(apps[app].name);
    const uint64_t devices = model_.registered_devices(app).size();
    if (found == listed->end()) {
      model_.complain(fmt::format("{} was created and is gone", apps[app].name));
    } else if (found->second != devices) {
      model_.complain(fmt::format("{} has {} devices, and the server counts {}", apps[app].name,
                                  devices, found->second));
    }
  }
  if (listed->size() > apps.size() + workload_.apps_unanswered()) {
    model_.complain(fmt::format("{} apps are listed, {} were created and {} not answered",
                                listed->size(), apps.size(), workload_.apps_unanswered()));
  }
}

Api::Report Auditor::read(Api& api, const Message& message) {
  ++reports_read_;
  return api.report(model_.apps()[message.app], message.id);
}

void Auditor::look_back(const ServerAddress& server, size_t every) {
  Api api(server);
  const std::vector<uint64_t> ops = model_.settled();
  for (size_t i = 0; i < ops.size(); i += every) {
    const Api::Report report = read(api, model_.message(ops[i]));
    const Message message = model_.message(ops[i]);
    if (report.status == 200 && may_become(*message.settled, report.books, message)) continue;
    model_.complain(fmt::format("message ({}): its report changed: {}, before {} (status {})",
                                describe(message), report.books.text(), message.settled->text(),
                                report.status));
  }
}

}  // namespace tocsin::crash
