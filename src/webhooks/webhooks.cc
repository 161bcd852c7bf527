#include "webhooks/webhooks.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "runtime/http/http_poster.h"
#include "runtime/log.h"
#include "runtime/mailbox.h"
#include "runtime/metrics.h"
#include "runtime/tls/key_material.h"
#include "tocsin/internal/record.pb.h"
#include "webhooks/webhook_request.h"

namespace tocsin::webhooks {
namespace {

constexpr uint32_t look_ms = 200;
// Everything else on the machine may go first.
constexpr int niceness = 5;

using Posted = absl::StatusOr<runtime::HttpPosted>;

// The events of one request.
struct Batch {
  uint64_t first = 0;
  uint64_t last = 0;
  uint64_t first_at_ms = 0;
  size_t events = 0;
};

Batch batch_of(const Events& events) {
  const internal::WebhookEvent& first = *events.begin();
  return {first.sequence(), events.rbegin()->sequence(), first.at_ms(),
          static_cast<size_t>(events.size())};
}

bool is_taken(const Posted& posted) {
  return posted.ok() && posted->status >= 200 && posted->status <= 299;
}

// "" when it was taken.
std::string error_of(const Posted& posted) {
  if (is_taken(posted)) return {};
  std::string error = posted.ok() ? fmt::format("answered {}", posted->status)
                                  : std::string(posted.status().message());
  error.resize(std::min(error.size(), limits::webhook_error_bytes_max));
  return error;
}

uint64_t random_seed() {
  std::array<uint8_t, 8> bytes;
  runtime::random_bytes(bytes);
  uint64_t seed = 0;
  for (const uint8_t byte : bytes) seed = seed << 8 | byte;
  return seed;
}

}  // namespace

class Webhooks::Impl {
 public:
  Impl(Options options, cluster::Log& log, cluster::StorageClient& storage)
      : options_(std::move(options)), log_(log), storage_(storage), mailbox_(shard_) {}
  ~Impl() { stop(); }

  absl::Status start(cluster::Bus& bus) {
    auto poster = runtime::HttpPoster::create(*shard_, {.ca_pem = options_.ca_pem,
                                                        .allow_loopback = options_.allow_loopback,
                                                        .proxy = options_.proxy,
                                                        .timeout_ms = options_.post_ms_max});
    if (!poster.ok()) return poster.status();
    poster_ = *std::move(poster);
    shard_->start();
    shard_->run_and_wait([this] { shard_->every(look_ms, [this] { look(); }); });
    bus.join(cluster::Role::webhooks, *shard_, [this](cluster::BusMessage message) {
      auto* apps = std::get_if<cluster::AppsChanged>(&message);
      if (apps != nullptr) on_apps_changed(std::move(*apps));
    });
    bus.publish(cluster::Role::storage, cluster::AppsWanted{});
    return absl::OkStatus();
  }

  void stop() { shard_->stop(); }

  void state(AppId app, absl::AnyInvocable<void(WebhookState)> done) {
    mailbox_.post([this, app, done = std::move(done)]() mutable {
      const auto flow = flows_.find(app.value);
      done(flow == flows_.end() ? WebhookState() : flow->second.state);
    });
  }
  using OnTried = absl::AnyInvocable<void(absl::StatusOr<WebhookTried>)>;
  void test(AppId app, OnTried done) {
    mailbox_.post([this, app, done = std::move(done)]() mutable { try_out(app, std::move(done)); });
  }

 private:
  // Progress with one app's events.
  struct Flow {
    explicit Flow(const Options& options) : backoff(options.retry_base_ms, options.retry_cap_ms) {}
    bool is_busy = false;
    bool is_tested = false;
    uint64_t not_before_ms = 0;  // of the monotonic clock
    uint64_t until = 0;          // the last event of the request that failed; 0: none failed
    Backoff backoff;
    WebhookState state;
  };

  void on_apps_changed(cluster::AppsChanged apps);
  const cluster::AppConfig* webhook_of(AppId app) const;
  Flow& flow(AppId app) { return flows_.try_emplace(app.value, options_).first->second; }

  void look();
  void on_waiting(std::vector<uint32_t> apps);
  bool may_begin(AppId app);
  void begin(AppId app);
  void on_events(AppId app, absl::StatusOr<Events> events);
  runtime::HttpPost request_to(const cluster::AppConfig& app, std::string body) const;
  void on_posted(AppId app, const Batch& batch, const Posted& posted);
  bool is_last_attempt(const Batch& batch, const Flow& flow, const Posted& posted) const;
  void failed(Flow& flow, const Posted& posted);
  void advance(AppId app, const Batch& batch, const std::string& given_up_because);
  void end(AppId app);
  void try_out(AppId app, OnTried done);

  Options options_;
  cluster::Log& log_;
  cluster::StorageClient& storage_;
  std::shared_ptr<runtime::Shard> shard_ = std::make_shared<runtime::Shard>("webhooks", niceness);
  runtime::Mailbox mailbox_;
  std::unique_ptr<runtime::HttpPoster> poster_;
  cluster::AppsChanged apps_ = std::make_shared<const cluster::AppTable>();
  std::map<uint32_t, Flow> flows_;
  Prng prng_{random_seed()};
  bool asking_ = false;
  size_t posts_ = 0;  // flows that are busy
  size_t tests_ = 0;
  uint32_t last_begun_ = 0;  // the app, so that the next round begins after it

  runtime::Counter taken_ = runtime::counter(
      "tocsin_webhook_requests_total", "Requests to webhooks by outcome.", {{"outcome", "taken"}});
  runtime::Counter failed_ = runtime::counter(
      "tocsin_webhook_requests_total", "Requests to webhooks by outcome.", {{"outcome", "failed"}});
  runtime::Counter events_ =
      runtime::counter("tocsin_webhook_events_total", "Events that webhooks have taken.");
  runtime::Counter dead_letters_ =
      runtime::counter("tocsin_webhook_dead_letters_total", "Requests to webhooks given up.");
};

// -- Apps ----------------------------------------------------------------------------------------

// A webhook given another address or secret does not wait out the pause of the old one.
void Webhooks::Impl::on_apps_changed(cluster::AppsChanged apps) {
  const cluster::AppsChanged before = std::exchange(apps_, std::move(apps));
  for (auto& [id, flow] : flows_) {
    const cluster::AppConfig* was = before->find(AppId{id});
    const cluster::AppConfig* is = apps_->find(AppId{id});
    if (was == nullptr || is == nullptr) continue;
    if (was->settings.webhook_url == is->settings.webhook_url &&
        was->settings.webhook_secret == is->settings.webhook_secret) {
      continue;
    }
    flow.not_before_ms = 0;
    flow.backoff.reset();
    flow.state = {.last_success_ms = flow.state.last_success_ms};
  }
}

const cluster::AppConfig* Webhooks::Impl::webhook_of(AppId app) const {
  const cluster::AppConfig* config = apps_->find(app);
  return config != nullptr && !config->settings.webhook_url.empty() ? config : nullptr;
}

// -- Whose turn it is ----------------------------------------------------------------------------

void Webhooks::Impl::look() {
  if (std::exchange(asking_, true)) return;
  storage_.ask(internal::WaitingWebhooksQuestion(), mailbox_.wrap([this](auto answer) {
    asking_ = false;
    if (answer.ok()) on_waiting({answer->app_ids().begin(), answer->app_ids().end()});
  }));
}

void Webhooks::Impl::on_waiting(std::vector<uint32_t> apps) {
  const auto next =
      std::find_if(apps.begin(), apps.end(), [this](uint32_t app) { return app > last_begun_; });
  std::rotate(apps.begin(), next, apps.end());
  for (const uint32_t app : apps) {
    if (posts_ >= limits::webhook_posts_max) return;
    if (may_begin(AppId{app})) begin(AppId{app});
  }
}

bool Webhooks::Impl::may_begin(AppId app) {
  if (webhook_of(app) == nullptr) return false;
  const Flow& its = flow(app);
  return !its.is_busy && monotonic_ms() >= its.not_before_ms;
}

void Webhooks::Impl::begin(AppId app) {
  Flow& its = flow(app);
  its.is_busy = true;
  ++posts_;
  last_begun_ = app.value;
  auto question = cluster::about<internal::WebhookEventsQuestion>(app);
  question.set_until(its.until == 0 ? UINT64_MAX : its.until);
  storage_.ask(std::move(question), mailbox_.wrap([this, app](auto answer) {
    on_events(app, answer.ok() ? absl::StatusOr<Events>(std::move(*answer->mutable_events()))
                               : answer.status());
  }));
}

void Webhooks::Impl::end(AppId app) {
  flow(app).is_busy = false;
  --posts_;
}

// -- A request -----------------------------------------------------------------------------------

void Webhooks::Impl::on_events(AppId app, absl::StatusOr<Events> events) {
  const cluster::AppConfig* config = webhook_of(app);
  if (!events.ok()) {
    runtime::log_error("webhooks: events of app number {} cannot be read: {}", app.value,
                       events.status().ToString());
    flow(app).not_before_ms = monotonic_ms() + options_.retry_cap_ms;
  }
  if (!events.ok() || events->empty() || config == nullptr) {
    flow(app).until = 0;
    return end(app);
  }
  const Batch batch = batch_of(*events);
  poster_->post(request_to(*config, webhook_body(config->name, *events)),
                [this, app, batch](const Posted& posted) { on_posted(app, batch, posted); });
}

runtime::HttpPost Webhooks::Impl::request_to(const cluster::AppConfig& app,
                                             std::string body) const {
  runtime::HttpPost post;
  // Text that is not a URL, which only another version can have let in, has no host and is not
  // reached.
  post.url = runtime::parse_http_url(app.settings.webhook_url).value_or(runtime::HttpUrl{});
  post.headers = {{webhook_signature_header,
                   webhook_signature(app.settings.webhook_secret, wall_ms() / 1000, body)}};
  post.body = std::move(body);
  return post;
}

void Webhooks::Impl::on_posted(AppId app, const Batch& batch, const Posted& posted) {
  Flow& its = flow(app);
  if (is_taken(posted)) {
    taken_.add();
    events_.add(static_cast<double>(batch.events));
    its.until = 0;
    its.not_before_ms = 0;
    its.backoff.reset();
    its.state = {.last_success_ms = wall_ms()};
    return advance(app, batch, {});
  }
  failed(its, posted);
  if (is_last_attempt(batch, its, posted)) {
    dead_letters_.add();
    its.until = 0;
    return advance(app, batch, its.state.last_error);
  }
  its.until = batch.last;
  end(app);
}

void Webhooks::Impl::failed(Flow& flow, const Posted& posted) {
  failed_.add();
  const uint64_t asked_ms =
      posted.ok() ? uint64_t{retry_after_s(posted->retry_after)} * 1000 : uint64_t{0};
  const uint64_t pause_ms = std::max(flow.backoff.next_ms(prng_), asked_ms);
  flow.not_before_ms = monotonic_ms() + pause_ms;
  flow.state.next_attempt_ms = wall_ms() + pause_ms;
  flow.state.last_error = error_of(posted);
  ++flow.state.failed_attempts;
}

bool Webhooks::Impl::is_last_attempt(const Batch& batch, const Flow& flow,
                                     const Posted& posted) const {
  constexpr int gone = 410;
  if (posted.ok() && posted->status == gone) return true;
  return flow.state.failed_attempts >= options_.attempts_min &&
         wall_ms() >= batch.first_at_ms + options_.keep_trying_ms;
}

// The events leave storage with this record. If the log does not take it, they are posted again.
void Webhooks::Impl::advance(AppId app, const Batch& batch, const std::string& given_up_because) {
  internal::Record record;
  internal::WebhookAdvanced& advanced = *record.mutable_webhook_advanced();
  advanced.set_app_id(app.value);
  advanced.set_first(batch.first);
  advanced.set_last(batch.last);
  advanced.set_advanced_at_ms(wall_ms());
  if (!given_up_because.empty()) {
    advanced.mutable_given_up()->set_attempts(flow(app).state.failed_attempts);
    advanced.mutable_given_up()->set_error(given_up_because);
  }
  log_.append(record.SerializeAsString(),
              [this, app, mailbox = mailbox_, &storage = storage_](auto position) {
                if (!position.ok()) {
                  return mailbox.post([this, app] {
                    flow(app).not_before_ms = monotonic_ms() + options_.retry_cap_ms;
                    end(app);
                  });
                }
                cluster::when_applied(storage, *position, mailbox.wrap([this, app] {
                  end(app);
                  look();
                }));
              });
}

// -- A test --------------------------------------------------------------------------------------

void Webhooks::Impl::try_out(AppId app, OnTried done) {
  const cluster::AppConfig* config = webhook_of(app);
  if (config == nullptr)
    return done(absl::NotFoundError("this app has no webhook: set settings.webhook_url"));
  if (flow(app).is_tested || tests_ >= limits::webhook_posts_max) {
    return done(absl::ResourceExhaustedError(
        "a test of a webhook is already under way: wait until it ends"));
  }
  flow(app).is_tested = true;
  ++tests_;
  poster_->post(request_to(*config, webhook_ping_body(config->name, wall_ms())),
                [this, app, started_ms = monotonic_ms(),
                 done = std::move(done)](const Posted& posted) mutable {
                  flow(app).is_tested = false;
                  --tests_;
                  done(WebhookTried{posted.ok() ? posted->status : 0, error_of(posted),
                                    static_cast<uint32_t>(monotonic_ms() - started_ms)});
                });
}

// ------------------------------------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<Webhooks>> Webhooks::start(Options options, cluster::Log& log,
                                                          cluster::Bus& bus,
                                                          cluster::StorageClient& storage) {
  auto impl = std::make_unique<Impl>(std::move(options), log, storage);
  if (auto status = impl->start(bus); !status.ok()) return status;
  return std::unique_ptr<Webhooks>(new Webhooks(std::move(impl)));
}

Webhooks::Webhooks(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Webhooks::~Webhooks() = default;

void Webhooks::state(AppId app, absl::AnyInvocable<void(WebhookState)> done) {
  impl_->state(app, std::move(done));
}
void Webhooks::test(AppId app, absl::AnyInvocable<void(absl::StatusOr<WebhookTried>)> done) {
  impl_->test(app, std::move(done));
}
void Webhooks::stop() { impl_->stop(); }

}  // namespace tocsin::webhooks
