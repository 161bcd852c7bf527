// RestList: a list send over HTTP: one SendToListRequest a line, as the body comes.
//
// Thread: the dispatcher's shard.  Bound: a line of http_line_bytes_max; a few pieces in memory.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "dispatcher/api.h"
#include "runtime/http/http_server.h"

namespace tocsin::dispatcher {

class RestList final : public runtime::HttpBodySink {
 public:
  // Opens the reply, when there is something to answer: a long body may take its time.
  using Open = std::function<Reply()>;

  RestList(Api& api, const Method& method, std::string authorization, std::string app, Open open)
      : api_(api),
        method_(method),
        authorization_(std::move(authorization)),
        app_(std::move(app)),
        open_(std::move(open)),
        list_(api.new_list()) {}

  void on_piece(std::string piece, runtime::Task more) override;
  void on_end() override;

 private:
  // Take the whole lines out of `rest_`.
  absl::Status read_lines();
  absl::Status read_line(const std::string& line);

  Api& api_;
  const Method& method_;
  std::string authorization_;
  std::string app_;
  Open open_;
  std::shared_ptr<ListSend> list_;
  std::string rest_;  // of the body, not yet a whole line
  size_t lines_ = 0;
};

}  // namespace tocsin::dispatcher
