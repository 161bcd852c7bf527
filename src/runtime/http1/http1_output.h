// Http1Output: what one connection has to send next: a little text, and the body it stands around.
//
// A body may be large, and is sent from where it is.
//
// Thread: one owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin::runtime {

class Http1Output {
 public:
  // After what is there; no body may be there.
  void add_text(std::string_view text) { text_ += text; }
  // After the text; `tail`, which lives forever, follows.
  void set_body(std::string body, std::string_view tail) {
    body_ = std::move(body);
    tail_ = tail;
  }

  size_t size() const { return text_.size() + body_.size() - sent_ + tail_.size(); }
  bool is_empty() const { return size() == 0; }
  // Memory is given back, too: most connections are idle.
  void clear() {
    std::string().swap(text_);
    std::string().swap(body_);
    sent_ = 0;
    tail_ = {};
  }

  // Append to `out`: the text, and of the body what has room in `bytes_wanted`.
  void move_to(std::string& out, size_t bytes_wanted) {
    if (bytes_wanted == 0 || is_empty()) return;
    const size_t of_body =
        std::min(body_.size() - sent_, bytes_wanted - std::min(bytes_wanted, text_.size()));
    out += text_;
    text_.clear();
    out.append(body_, sent_, of_body);
    sent_ += of_body;
    if (sent_ < body_.size()) return;
    out += tail_;
    clear();
  }

 private:
  std::string text_;
  std::string body_;
  size_t sent_ = 0;  // of the body
  std::string_view tail_;
};

}  // namespace tocsin::runtime
