// shim.h over oneDNN 3.x: memory descriptors are opaque handles, and there are no operation descriptors. The functions
// are version2.h's, in its order; their meaning is said there.
#pragma once

// 3.0 took Winograd out for x86.
static inline bool pof_has_winograd(void) { return false; }

static inline bool pof_normalization_gradient_takes_shift(void) { return false; }

// MARK: Tensors

static inline dnnl_memory_desc_t pof_description(pof_tensor_t tensor) { return (dnnl_memory_desc_t)tensor; }

static inline dnnl_status_t pof_tensor_create(pof_tensor_t *tensor, int rank, const dnnl_dims_t shape,
                                              dnnl_format_tag_t format) {
  dnnl_memory_desc_t description = NULL;
  dnnl_status_t status = dnnl_memory_desc_create_with_tag(&description, rank, shape, dnnl_f32, format);
  *tensor = (pof_tensor_t)description;
  return status;
}

static inline void pof_tensor_destroy(pof_tensor_t tensor) { dnnl_memory_desc_destroy(pof_description(tensor)); }

static inline bool pof_tensor_equal(pof_tensor_t a, pof_tensor_t b) {
  return dnnl_memory_desc_equal(pof_description(a), pof_description(b)) != 0;
}

static inline size_t pof_tensor_bytes(pof_tensor_t tensor) {
  return dnnl_memory_desc_get_size(pof_description(tensor));
}

static inline dnnl_status_t pof_memory_create(dnnl_memory_t *memory, pof_tensor_t tensor, dnnl_engine_t engine,
                                              void *address) {
  return dnnl_memory_create(memory, pof_description(tensor), engine, address);
}

// MARK: Kernels

static inline dnnl_status_t pof_kernel_tensor(const_dnnl_primitive_desc_t kernel, dnnl_query_t kind,
                                              pof_tensor_t *tensor) {
  const_dnnl_memory_desc_t description = dnnl_primitive_desc_query_md(kernel, kind, 0);
  if (!description) return dnnl_invalid_arguments;
  dnnl_memory_desc_t copy = NULL;
  dnnl_status_t status = dnnl_memory_desc_clone(&copy, description);
  *tensor = (pof_tensor_t)copy;
  return status;
}

static inline dnnl_status_t pof_reorder(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, pof_tensor_t source,
                                        pof_tensor_t destination, const_dnnl_primitive_attr_t attributes) {
  return dnnl_reorder_primitive_desc_create(kernel, pof_description(source), engine, pof_description(destination),
                                            engine, attributes);
}

static inline dnnl_status_t pof_convolution(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine,
                                            dnnl_alg_kind_t algorithm, pof_tensor_t source, pof_tensor_t weights,
                                            pof_tensor_t destination, dnnl_dim_t stride, dnnl_dim_t padding,
                                            const_dnnl_primitive_attr_t attributes) {
  pof_square strides = pof_square_of(stride), dilation = pof_square_of(0), paddings = pof_square_of(padding);
  return dnnl_convolution_forward_primitive_desc_create(
      kernel, engine, dnnl_forward_training, algorithm, pof_description(source), pof_description(weights), NULL,
      pof_description(destination), strides.values, dilation.values, paddings.values, paddings.values, attributes);
}

static inline dnnl_status_t pof_convolution_weight_gradient(
    dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, pof_tensor_t source,
    pof_tensor_t weight_gradient, pof_tensor_t destination_gradient, dnnl_dim_t stride, dnnl_dim_t padding,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
  pof_square strides = pof_square_of(stride), dilation = pof_square_of(0), paddings = pof_square_of(padding);
  return dnnl_convolution_backward_weights_primitive_desc_create(
      kernel, engine, algorithm, pof_description(source), pof_description(weight_gradient), NULL,
      pof_description(destination_gradient), strides.values, dilation.values, paddings.values, paddings.values, forward,
      attributes);
}

static inline dnnl_status_t pof_convolution_source_gradient(
    dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, pof_tensor_t source_gradient,
    pof_tensor_t weights, pof_tensor_t destination_gradient, dnnl_dim_t stride, dnnl_dim_t padding,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
  pof_square strides = pof_square_of(stride), dilation = pof_square_of(0), paddings = pof_square_of(padding);
  return dnnl_convolution_backward_data_primitive_desc_create(
      kernel, engine, algorithm, pof_description(source_gradient), pof_description(weights),
      pof_description(destination_gradient), strides.values, dilation.values, paddings.values, paddings.values, forward,
      attributes);
}

static inline dnnl_status_t pof_normalization(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, pof_tensor_t source,
                                              bool given_statistics, float epsilon,
                                              const_dnnl_primitive_attr_t attributes) {
  unsigned flags =
      dnnl_use_scale | dnnl_use_shift | dnnl_fuse_norm_relu | (given_statistics ? dnnl_use_global_stats : 0);
  return dnnl_batch_normalization_forward_primitive_desc_create(
      kernel, engine, given_statistics ? dnnl_forward_inference : dnnl_forward_training, pof_description(source),
      pof_description(source), epsilon, flags, attributes);
}

static inline dnnl_status_t pof_normalization_gradient(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine,
                                                       pof_tensor_t source, pof_tensor_t gradient, float epsilon,
                                                       const_dnnl_primitive_desc_t forward,
                                                       const_dnnl_primitive_attr_t attributes) {
  unsigned flags = dnnl_use_scale | dnnl_use_shift | dnnl_fuse_norm_relu;
  return dnnl_batch_normalization_backward_primitive_desc_create(
      kernel, engine, dnnl_backward, pof_description(gradient), pof_description(gradient), pof_description(source),
      epsilon, flags, forward, attributes);
}

static inline dnnl_status_t pof_sum(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, pof_tensor_t first,
                                    pof_tensor_t second, pof_tensor_t destination,
                                    const_dnnl_primitive_attr_t attributes) {
  return dnnl_binary_primitive_desc_create(kernel, engine, dnnl_binary_add, pof_description(first),
                                           pof_description(second), pof_description(destination), attributes);
}

static inline dnnl_status_t pof_average_pool(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, pof_tensor_t source,
                                             pof_tensor_t destination, dnnl_dim_t size,
                                             const_dnnl_primitive_attr_t attributes) {
  pof_square window = pof_square_of(size), none = pof_square_of(0);
  return dnnl_pooling_forward_primitive_desc_create(
      kernel, engine, dnnl_forward_training, dnnl_pooling_avg_exclude_padding, pof_description(source),
      pof_description(destination), window.values, window.values, none.values, none.values, none.values, attributes);
}

static inline dnnl_status_t pof_average_pool_gradient(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine,
                                                      pof_tensor_t source_gradient, pof_tensor_t destination_gradient,
                                                      dnnl_dim_t size, const_dnnl_primitive_desc_t forward,
                                                      const_dnnl_primitive_attr_t attributes) {
  pof_square window = pof_square_of(size), none = pof_square_of(0);
  return dnnl_pooling_backward_primitive_desc_create(
      kernel, engine, dnnl_pooling_avg_exclude_padding, pof_description(source_gradient),
      pof_description(destination_gradient), window.values, window.values, none.values, none.values, none.values,
      forward, attributes);
}
