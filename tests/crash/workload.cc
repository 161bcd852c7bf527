#include "tests/crash/workload.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

#include "base/clock.h"

namespace tocsin::crash {
namespace {

constexpr size_t first_apps = 2;
constexpr size_t apps_max = 5;
constexpr size_t devices_of_new_app = 2;
constexpr size_t send_devices_max = 6;

// Independent streams of one seed.
Prng stream(uint64_t seed, uint64_t number) {
  return Prng(Prng(seed ^ (number * 0xd1342543de82ef95)).next());
}

std::string any_priority(Prng& random) {
  static constexpr const char* names[] = {"LOW", "NORMAL", "HIGH", "ALERT"};
  return names[random.below(4)];
}

// Now or never, soon over, and long.
std::optional<uint32_t> any_ttl_s(Prng& random) {
  const uint64_t kind = random.below(100);
  if (kind < 12) return 0;
  if (kind < 35) return static_cast<uint32_t>(1 + random.below(5));
  if (kind < 80) return static_cast<uint32_t>(1800 + random.below(3600));
  return std::nullopt;
}

}  // namespace

const std::vector<Workload::OpKind> Workload::kinds = {
    {"send to device", 220, &Workload::send_to_device},
    {"send to devices", 140, &Workload::send_to_devices},
    {"send to tag", 170, &Workload::send_to_tag},
    {"send to everyone", 80, &Workload::send_to_everyone},
    {"change a tag", 150, &Workload::change_tag},
    {"open the last", 60, &Workload::open_last},
    {"read a report", 60, &Workload::read_report},
    {"go offline", 45, &Workload::go_offline},
    {"restart a device", 30, &Workload::restart},
    {"kill a device", 30, &Workload::die},
    {"add a device", 12, &Workload::add_device},
    {"add an app", 3, &Workload::add_app},
};

Workload::Workload(uint64_t seed, size_t devices, Model& model, Fleet& fleet, Gate& gate)
    : seed_(seed),
      first_devices_(devices),
      model_(model),
      fleet_(fleet),
      gate_(gate),
      counts_(kinds.size()) {}

Workload::~Workload() {
  gate_.stop();
  for (std::thread& caller : callers_) caller.join();
}

bool Workload::begin(const ServerAddress& server) {
  Api api(server);
  for (size_t i = 0; i < first_apps; ++i) {
    if (!make_app(api)) return false;
  }
  Prng random = stream(seed_, 0);
  for (size_t i = 0; i < first_devices_; ++i) make_device(i % 4 == 3 ? 1 : 0, random);
  return true;
}

void Workload::start_callers(size_t count) {
  for (size_t i = 0; i < count; ++i) callers_.emplace_back([this] { call(); });
}

std::vector<Workload::OpCount> Workload::op_counts() const {
  const std::lock_guard lock(mutex_);
  std::vector<OpCount> counts;
  for (size_t i = 0; i < kinds.size(); ++i) counts.push_back({kinds[i].name, counts_[i]});
  return counts;
}

size_t Workload::apps_unanswered() const {
  const std::lock_guard lock(mutex_);
  return apps_unanswered_;
}

// One caller's thread.
void Workload::call() {
  std::unique_ptr<Api> api;
  uint64_t life = 0;
  while (const auto pass = gate_.enter()) {
    if (api == nullptr || life != pass->server.life) api = std::make_unique<Api>(pass->server);
    life = pass->server.life;
    run(pass->op, *api);
    gate_.leave();
    if (api->is_broken()) gate_.await_next_life(life);
    const uint64_t rest_ms = stream(~seed_, pass->op).below(pass->rest_ms_max + 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(rest_ms));
  }
}

void Workload::run(uint64_t number, Api& api) {
  Op op{number, stream(seed_, number), api};
  uint64_t sum = 0;
  for (const OpKind& kind : kinds) sum += kind.weight;
  uint64_t at = op.random.below(sum);
  size_t chosen = 0;
  while (at >= kinds[chosen].weight) at -= kinds[chosen++].weight;
  {
    const std::lock_guard lock(mutex_);
    ++counts_[chosen];
  }
  (this->*kinds[chosen].run)(op);
}

// -- Choosing ------------------------------------------------------------------------------------

// The first apps get most of it, so that a seed chooses the same whether or not others exist yet.
size_t Workload::any_app(Op& op) const {
  static constexpr size_t drawn[] = {0, 0, 0, 0, 1, 1, 2, 3, 4};
  const size_t app = drawn[op.random.below(std::size(drawn))];
  return app < model_.apps().size() ? app : 0;
}

// One of the first devices, most of the time.
size_t Workload::any_device(Op& op) const {
  const size_t device = op.random.below(first_devices_ + first_devices_ / 3);
  return device < fleet_.size() ? device : device % first_devices_;
}

// -- Ops -----------------------------------------------------------------------------------------

void Workload::send(Op& op, size_t app, Target target) {
  Message message;
  message.op = op.number;
  message.app = app;
  message.target = std::move(target);
  message.priority = any_priority(op.random);
  message.ttl_s = any_ttl_s(op.random);
  model_.asked(message);
  op.api.send(message, model_);
}

void Workload::send_to_device(Op& op) {
  const size_t app = any_app(op);
  const std::vector<size_t> devices = model_.registered_devices(app);
  if (devices.empty()) return;
  send(op, app, {Target::Kind::devices, {devices[op.random.below(devices.size())]}, 0});
}

void Workload::send_to_devices(Op& op) {
  const size_t app = any_app(op);
  const std::vector<size_t> devices = model_.registered_devices(app);
  if (devices.empty()) return;
  std::vector<size_t> chosen;
  const size_t count = 2 + op.random.below(send_devices_max - 1);
  for (size_t i = 0; i < count; ++i) {
    const size_t device = devices[op.random.below(devices.size())];
    if (std::find(chosen.begin(), chosen.end(), device) == chosen.end()) chosen.push_back(device);
  }
  send(op, app, {Target::Kind::devices, chosen, 0});
}

void Workload::send_to_tag(Op& op) {
  const size_t app = any_app(op);
  send(op, app, {Target::Kind::tag, {}, op.random.below(tags_count)});
}

void Workload::send_to_everyone(Op& op) { send(op, any_app(op), {Target::Kind::everyone, {}, 0}); }

void Workload::change_tag(Op& op) {
  const size_t device = any_device(op);
  const size_t tag = op.random.below(tags_count);
  const bool has = op.random.below(2) == 0;
  fleet_.with(device, [tag, has](Device& one) { one.change_tag(tag, has); });
}

void Workload::open_last(Op& op) {
  fleet_.with(any_device(op), [](Device& one) { one.open_last(); });
}

// The books add up at any moment, not only at rest.
void Workload::read_report(Op& op) {
  const uint64_t back = 1 + op.random.below(40);
  const auto known = back < op.number ? model_.find_message(op.number - back) : std::nullopt;
  if (!known || known->answer != Message::Answer::accepted) return;
  const Api::Report report = op.api.report(model_.apps()[known->app], known->id);
  const bool is_right = report.status == 200 && report.books.are_closed();
  if (is_right || report.status == 0 || report.status == 404 || report.status >= 500) return;
  model_.complain(fmt::format("message ({}): its report under load, status {}: {}",
                              describe(*known), report.status, report.books.text()));
}

void Workload::go_offline(Op& op) {
  const size_t device = any_device(op);
  const uint64_t for_ms = 300 + op.random.below(8000);
  fleet_.with(device, [for_ms](Device& one) { one.go_offline(monotonic_ms() + for_ms); });
}

void Workload::restart(Op& op) {
  fleet_.with(any_device(op), [](Device& one) { one.restart(); });
}

void Workload::die(Op& op) {
  fleet_.with(any_device(op), [](Device& one) { one.die(); });
}

void Workload::add_device(Op& op) {
  const size_t app = any_app(op);
  make_device(app, op.random);
}

void Workload::add_app(Op& op) {
  if (!make_app(op.api)) return;
  const size_t app = model_.apps().size() - 1;
  for (size_t i = 0; i < devices_of_new_app; ++i) make_device(app, op.random);
}

bool Workload::make_app(Api& api) {
  const std::lock_guard lock(mutex_);
  if (model_.apps().size() == apps_max) return false;
  const auto app = api.create_app(fmt::format("app-{}", ++apps_made_), model_);
  if (!app) {
    ++apps_unanswered_;
    return false;
  }
  model_.add_app(*app);
  return true;
}

void Workload::make_device(size_t app, Prng& random) {
  const std::lock_guard lock(mutex_);
  if (devices_made_ >= 2 * first_devices_) return;
  ++devices_made_;
  std::vector<size_t> tags;
  for (size_t tag = 0; tag < tags_count; ++tag) {
    if (random.below(3) == 0) tags.push_back(tag);
  }
  const size_t number = model_.add_device(app, tags);
  fleet_.add({number, model_.apps()[app], tags});
}

}  // namespace tocsin::crash
