#include "dispatcher/transport/grpc_watch.h"

#include <optional>
#include <utility>

#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/grpc_call.h"

namespace tocsin::dispatcher {
namespace {

const Method& watch_method() { return method_of(*v1::WatchMessageRequest::descriptor()); }

}  // namespace

class GrpcWatch::Stream final : public ReplyStream {
 public:
  Stream(Api& api, GrpcWatch& reactor, grpc::CallbackServerContext& context)
      : api_(api), reactor_(&reactor), context_(context) {}

  void send(const google::protobuf::Message& answer) override {
    newest_ = static_cast<const v1::MessageReport&>(answer);
    write();
  }
  void keep_alive() override {}  // HTTP/2 has its own way
  void end(const absl::Status& status) override {
    forget_gone();
    end_ = status;
    write();
  }

  void on_written(bool written) {
    writing_ = false;
    written ? write() : on_cancel();
  }
  void on_cancel() {
    gone();
    newest_.reset();
    end_ = absl::CancelledError("the client has gone");
    write();
  }

 private:
  void write() {
    if (reactor_ == nullptr || writing_) return;
    if (newest_) {
      being_written_ = *std::exchange(newest_, std::nullopt);
      writing_ = true;
      return reactor_->StartWrite(&being_written_);
    }
    if (end_) finish(*end_);
  }

  void finish(const absl::Status& status) {
    api_.count(watch_method().name, Transport::grpc,
               status.ok() ? watch_method().success : error_body(status).code());
    std::exchange(reactor_, nullptr)
        ->Finish(status.ok() ? grpc::Status::OK : status_of(status, context_));
  }

  Api& api_;
  GrpcWatch* reactor_;                    // nullptr once finished
  grpc::CallbackServerContext& context_;  // not to be touched once finished
  bool writing_ = false;
  v1::MessageReport being_written_;
  std::optional<v1::MessageReport> newest_;
  std::optional<absl::Status> end_;
};

GrpcWatch::GrpcWatch(Api& api, const runtime::Mailbox& mailbox,
                     grpc::CallbackServerContext& context, const v1::WatchMessageRequest& request)
    : mailbox_(mailbox), stream_(std::make_shared<Stream>(api, *this, context)) {
  mailbox_.post([&api, stream = stream_, request, authorization = authorization_of(context)] {
    api.call(watch_method(), authorization, request, stream);
  });
}

void GrpcWatch::OnWriteDone(bool written) {
  mailbox_.post([stream = stream_, written] { stream->on_written(written); });
}

void GrpcWatch::OnCancel() {
  mailbox_.post([stream = stream_] { stream->on_cancel(); });
}

void GrpcWatch::OnDone() { delete this; }

}  // namespace tocsin::dispatcher
