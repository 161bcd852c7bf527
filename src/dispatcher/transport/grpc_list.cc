#include "dispatcher/transport/grpc_list.h"

#include <utility>

#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/grpc_call.h"

namespace tocsin::dispatcher {
namespace {

const Method& list_method() { return method_of(*v1::SendToListRequest::descriptor()); }

}  // namespace

GrpcList::GrpcList(Api& api, runtime::Mailbox mailbox, grpc::CallbackServerContext& context,
                   v1::SendResponse& response)
    : api_(api),
      mailbox_(std::move(mailbox)),
      context_(context),
      response_(response),
      authorization_(authorization_of(context)) {
  StartRead(&piece_);
}

void GrpcList::OnReadDone(bool is_piece) {
  mailbox_.post([this, is_piece] { is_piece ? take() : end(); });
}

void GrpcList::take() {
  if (list_ == nullptr) {
    list_ = api_.new_list();
    app_ = piece_.app();
  }
  const auto status = api_.add_to_list(*list_, list_method(), authorization_, app_, piece_);
  if (!status.ok()) return finish(status);
  list_->when_welcome([this] { StartRead(&piece_); });
}

void GrpcList::end() {
  if (list_ == nullptr) list_ = api_.new_list();
  // The client has gone, or has sent everything: only then it waits for an answer.
  if (context_.IsCancelled()) return finish(absl::CancelledError("the client has gone"));
  api_.finish_list(*list_, list_method(), authorization_, app_,
                   api_.open([this](const Answer& answer) { finish(answer); }));
}

void GrpcList::finish(const Answer& answer) {
  if (std::exchange(finished_, true)) return;
  const int status = answer.ok() ? list_method().success : error_body(answer.status()).code();
  api_.count(list_method().name, Transport::grpc, status);
  list_.reset();
  if (answer.ok()) response_.CopyFrom(**answer);
  Finish(status_of(answer, context_));
}

void GrpcList::OnDone() { delete this; }

}  // namespace tocsin::dispatcher
