#include "dispatcher/transport/grpc/grpc_reflection.h"

#include <algorithm>
#include <fmt/format.h>
#include <grpc/health/v1/health.pb.h>
#include <grpc/reflection/v1alpha/reflection.pb.h>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "dispatcher/reply/schema.h"
#include "dispatcher/transport/grpc/grpc_body.h"
#include "dispatcher/transport/grpc/grpc_frames.h"
#include "dispatcher/transport/grpc/grpc_status.h"

namespace tocsin::dispatcher {
namespace {

Descriptors::Files files_of_services() {
  Descriptors::Files files{
      grpc::health::v1::HealthCheckRequest::descriptor()->file(),
      grpc::reflection::v1::ServerReflectionRequest::descriptor()->file(),
      grpc::reflection::v1alpha::ServerReflectionRequest::descriptor()->file()};
  for (const Method& method : api_methods()) {
    const auto* file = method.descriptor->file();
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  }
  return files;
}

absl::Status took_too_long() {
  return absl::DeadlineExceededError(
      fmt::format("a call of reflection lasts {} s at most: ask the rest in another",
                  limits::grpc_reflection_ms_max / 1000));
}

}  // namespace

// One stream of questions: what its sink and its source have in common.
class GrpcReflection::Dialogue : public std::enable_shared_from_this<Dialogue> {
 public:
  Dialogue(std::shared_ptr<ApiGate> gate, std::shared_ptr<GrpcCall> call,
           std::shared_ptr<const Descriptors> descriptors)
      : gate_(std::move(gate)),
        call_(std::move(call)),
        descriptors_(std::move(descriptors)),
        frames_(limits::http_body_bytes_max) {}
  ~Dialogue() {
    if (deadline_) gate_->deadlines().remove(*deadline_);
  }
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

  void start() {
    deadline_ = gate_->deadlines().add(monotonic_ms() + limits::grpc_reflection_ms_max,
                                       [dialogue = weak_from_this()] {
                                         if (const auto alive = dialogue.lock()) {
                                           alive->end(took_too_long());
                                         }
                                       });
  }

  bool on_piece(std::string_view piece) {
    if (end_) return true;
    waiting_ += piece;
    flush();
    is_full_ = !end_ && !waiting_.empty();
    return !is_full_;
  }
  void on_end() {
    asked_all_ = true;
    flush();
  }
  void next(runtime::HttpBodySource::Take take) {
    take_ = std::move(take);
    flush();
  }
  void end(const absl::Status& status) {
    if (!end_) end_ = status;
    flush();
  }
  void on_gone() {
    if (!end_) end_ = absl::OkStatus();
    take_ = nullptr;
  }
  runtime::HttpFields trailers() { return call_->end(*end_); }
  size_t held_bytes() const { return waiting_.size() + frames_.held_bytes(); }

 private:
  // Answer as long as answers are taken; a taker may ask for the next one at once.
  void flush() {
    if (std::exchange(flushing_, true)) return;
    while (take_) {
      std::optional<std::string> answer;
      if (!end_) answer = answer_next();
      if (!answer && !end_) break;
      std::exchange(take_, nullptr)(answer ? *std::move(answer) : std::string());
    }
    flushing_ = false;
    if (is_full_ && waiting_.empty()) {
      is_full_ = false;
      call_->responder().resume();
    }
  }

  // The answer to the next question, if there is one; sets end_ when there will be none.
  std::optional<std::string> answer_next() {
    std::string_view bytes = waiting_;
    GrpcMessage message;
    const GrpcFrames::Step step = frames_.take(bytes, message);
    waiting_.erase(0, waiting_.size() - bytes.size());
    if (step == GrpcFrames::Step::more) {
      if (asked_all_) end_ = frames_.is_between() ? absl::OkStatus() : grpc_half_message();
      return std::nullopt;
    }
    absl::StatusOr<std::string> answer =
        step == GrpcFrames::Step::message ? answer_to(std::move(message)) : grpc_frame_fault(step);
    if (answer.ok()) return *std::move(answer);
    end_ = answer.status();
    return std::nullopt;
  }

  absl::StatusOr<std::string> answer_to(GrpcMessage message) {
    if (++questions_ > limits::grpc_reflection_questions_max) {
      return absl::ResourceExhaustedError(
          fmt::format("at most {} questions a call: ask the rest in another",
                      limits::grpc_reflection_questions_max));
    }
    const auto bytes = call_->coding().decode(std::move(message));
    if (!bytes.ok()) return bytes.status();
    Descriptors::Request request;
    if (auto status = grpc_parse(*bytes, request); !status.ok()) return status;
    // Nothing is compressed for strangers.
    return GrpcCoding().frame(descriptors_->answer(request).SerializeAsString());
  }

  const std::shared_ptr<ApiGate> gate_;
  const std::shared_ptr<GrpcCall> call_;
  const std::shared_ptr<const Descriptors> descriptors_;
  std::optional<Deadlines::Id> deadline_;
  GrpcFrames frames_;
  std::string waiting_;  // bytes of the body
  runtime::HttpBodySource::Take take_;
  std::optional<absl::Status> end_;
  size_t questions_ = 0;
  bool asked_all_ = false;
  bool is_full_ = false;  // the connection was told to wait
  bool flushing_ = false;
};

class GrpcReflection::Questions final : public runtime::HttpBodySink {
 public:
  explicit Questions(std::shared_ptr<Dialogue> dialogue) : dialogue_(std::move(dialogue)) {}
  size_t bytes_max() const override { return limits::http_stream_bytes_max; }
  bool on_piece(std::string_view piece) override { return dialogue_->on_piece(piece); }
  void on_end() override { dialogue_->on_end(); }
  size_t held_bytes() const override { return dialogue_->held_bytes(); }

 private:
  std::shared_ptr<Dialogue> dialogue_;
};

class GrpcReflection::Answers final : public runtime::HttpBodySource {
 public:
  explicit Answers(std::shared_ptr<Dialogue> dialogue) : dialogue_(std::move(dialogue)) {}
  ~Answers() override { dialogue_->on_gone(); }
  void next(Take take) override { dialogue_->next(std::move(take)); }
  runtime::HttpFields trailers() override { return dialogue_->trailers(); }

 private:
  std::shared_ptr<Dialogue> dialogue_;
};

GrpcReflection::GrpcReflection(std::shared_ptr<ApiGate> gate)
    : gate_(std::move(gate)),
      descriptors_(std::make_shared<const Descriptors>(files_of_services())) {}

bool GrpcReflection::has(std::string_view path) {
  return path == "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo" ||
         path == "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
}

void GrpcReflection::end_all() {
  for (const auto& one : std::exchange(dialogues_, {})) {
    if (const auto alive = one.lock()) {
      alive->end(absl::UnavailableError("the server is shutting down"));
    }
  }
}

std::unique_ptr<runtime::HttpBodySink> GrpcReflection::begin(std::shared_ptr<GrpcCall> call) {
  auto dialogue = std::make_shared<Dialogue>(gate_, call, descriptors_);
  call->when_stopped([dialogue = std::weak_ptr(dialogue)](const absl::Status& why) {
    const auto alive = dialogue.lock();
    if (alive == nullptr) return;
    absl::IsCancelled(why) ? alive->on_gone() : alive->end(why);
  });
  std::erase_if(dialogues_, [](const auto& one) { return one.expired(); });
  dialogues_.push_back(dialogue);
  dialogue->start();
  runtime::HttpResponse answers = call->head();
  answers.source = std::make_shared<Answers>(dialogue);
  answers.reads_on = true;
  auto questions = std::make_unique<Questions>(std::move(dialogue));
  call->responder()(std::move(answers));
  return questions;
}

}  // namespace tocsin::dispatcher
