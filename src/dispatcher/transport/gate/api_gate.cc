#include "dispatcher/transport/gate/api_gate.h"

#include <google/protobuf/message.h>

#include "base/clock.h"
#include "dispatcher/transport/gate/answer_stream.h"

namespace tocsin::dispatcher {
namespace {

// The API's end of a call with several answers: puts them into bytes and sends those on.
class Feed final : public ReplyStream {
 public:
  Feed(std::shared_ptr<const ApiGate> gate, std::shared_ptr<AnswerStream> answers)
      : gate_(std::move(gate)), answers_(std::move(answers)) {}

  void send(const google::protobuf::Message& answer) override {
    gate_->here([answers = answers_, piece = answers_->writer().piece(answer)]() mutable {
      answers->offer(std::move(piece));
    });
  }
  void keep_alive() override {
    gate_->here([answers = answers_] { answers->keep_alive(); });
  }
  void end(const absl::Status& status) override {
    forget_gone();
    gate_->here([answers = answers_, status] { answers->end(status); });
  }
  void on_gone() { gone(); }

 private:
  std::shared_ptr<const ApiGate> gate_;
  std::shared_ptr<AnswerStream> answers_;
};

}  // namespace

ApiGate::ApiGate(Api& api, runtime::Mailbox dispatcher, runtime::Mailbox thread,
                 const runtime::Sha256& admin_key_hash)
    : api_(api),
      dispatcher_(std::move(dispatcher)),
      thread_(std::move(thread)),
      state_{.keys = Keys(admin_key_hash)} {}

void ApiGate::set_state(const ApiState& state) {
  here([self = shared_from_this(), state] { self->take(state); });
}

void ApiGate::take(ApiState state) {
  state_ = std::move(state);
  if (follow_) follow_(state_);
}

void ApiGate::tick() { deadlines_.expire(monotonic_ms()); }

absl::Status ApiGate::admit(const Method& method, const std::string& authorization,
                            const std::string& app) const {
  return admitted(state_.keys, method, authorization, app).status();
}

absl::Status ApiGate::admit_key(const Method& method, const std::string& authorization) const {
  if (method.scope == v1::OPERATOR) return admit_operator(authorization);
  return state_.keys.check_known(authorization, wall_ms());
}

bool ApiGate::knows(const std::string& authorization) const {
  return !authorization.empty() && state_.keys.check_known(authorization, wall_ms()).ok();
}

absl::Status ApiGate::admit_operator(const std::string& authorization) const {
  return state_.keys.check_admin(authorization);
}

void ApiGate::call(const Method& method, std::string authorization,
                   std::unique_ptr<google::protobuf::Message> request, Answered answered) {
  there([self = shared_from_this(), &method, authorization = std::move(authorization),
         request = std::move(request), answered = std::move(answered)]() mutable {
    self->begin(method, authorization, *request, std::move(answered));
  });
}

void ApiGate::begin(const Method& method, const std::string& authorization,
                    const google::protobuf::Message& request, Answered answered) {
  auto bring = [self = shared_from_this(), answered = std::move(answered)](Answer answer) mutable {
    self->here([answered = std::move(answered), answer = std::move(answer)]() mutable {
      answered(std::move(answer));
    });
  };
  const auto caller = api_.admit(method, authorization, app_in(request));
  if (!caller.ok()) return bring(caller.status());
  Reply reply = api_.open(std::move(bring));
  api_.call(method, *caller, request, std::move(reply));
}

void ApiGate::call(const Method& method, std::string authorization,
                   std::unique_ptr<google::protobuf::Message> request,
                   std::shared_ptr<AnswerStream> answers) {
  auto feed = std::make_shared<Feed>(shared_from_this(), answers);
  answers->when_gone([self = shared_from_this(), feed = std::weak_ptr(feed)] {
    self->there([feed] {
      if (const auto alive = feed.lock()) alive->on_gone();
    });
  });
  there([&api = api_, &method, authorization = std::move(authorization),
         request = std::move(request), feed = std::move(feed)]() mutable {
    api.call(method, authorization, *request, std::move(feed));
  });
}

}  // namespace tocsin::dispatcher
