#include "runtime/tls/fast_gcm.h"

#if TOCSIN_HAVE_IPSEC_MB

#include <intel-ipsec-mb.h>

namespace tocsin::runtime {
namespace {

class FastGcm final : public wire::Aes128GcmSealer {
 public:
  explicit FastGcm(IMB_MGR* manager) : manager_(manager) {}
  ~FastGcm() override {
    cleanse({reinterpret_cast<uint8_t*>(&key_), sizeof key_});
    cleanse({reinterpret_cast<uint8_t*>(&context_), sizeof context_});
    free_mb_mgr(manager_);
  }

  void seal(const uint8_t* key, const std::array<uint8_t, 12>& nonce, ByteView header,
            MutableBytes in_out, uint8_t* tag) override {
    IMB_AES128_GCM_PRE(manager_, key, &key_);
    IMB_AES128_GCM_ENC(manager_, &key_, &context_, in_out.data(), in_out.data(), in_out.size(),
                       nonce.data(), header.data(), header.size(), tag, limits::tls_tag_bytes);
  }

 private:
  IMB_MGR* manager_;
  alignas(64) gcm_key_data key_{};
  gcm_context_data context_{};
};

}  // namespace

std::unique_ptr<wire::Aes128GcmSealer> make_fast_gcm() {
  // Without GFNI the library takes its code that prepares 8 powers of the hash key instead of 48:
  // for one short record that is cheaper.
  IMB_MGR* manager = alloc_mb_mgr(IMB_FLAG_GFNI_OFF);
  if (manager == nullptr) return nullptr;
  IMB_ARCH chosen = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager, &chosen);
  const bool has_aes = (manager->features & IMB_FEATURE_AESNI) != 0;
  if (!has_aes || chosen < IMB_ARCH_SSE || imb_get_errno(manager) != 0) {
    free_mb_mgr(manager);
    return nullptr;
  }
  return std::make_unique<FastGcm>(manager);
}

}  // namespace tocsin::runtime

#else

namespace tocsin::runtime {

std::unique_ptr<wire::Aes128GcmSealer> make_fast_gcm() { return nullptr; }

}  // namespace tocsin::runtime

#endif
